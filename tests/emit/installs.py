"""Makes wheels of test packages and installs them into fresh, empty environments."""

import io
import os
import subprocess
import sys
import venv
import zipfile

from fxgbuild.emit.package import files
from fxgbuild.emit.wheel import wheel, wheel_name


def made(package):
    return wheel(package, files(package))


def opened(package):
    return zipfile.ZipFile(io.BytesIO(made(package)))


def run(*command, cwd, **environment):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def installed(package, folder, *paths):
    """Install a package's wheel into a fresh, empty environment; gives its Python."""
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    path = folder / wheel_name(package)
    path.write_bytes(made(package))
    done = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-index",
        "--no-deps",
        "--no-compile",
        "--quiet",
        path,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    if paths:
        home = next((folder / "env").glob("lib/python*/site-packages"))
        (home / "more.pth").write_text("\n".join(paths) + "\n")
    return python
