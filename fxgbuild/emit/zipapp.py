"""Packs an emitted package as one runnable file."""

from fxgbuild.emit.package import Files, Package
from fxgbuild.runtime.stored import zip_bytes

_SHEBANG = b"#!/usr/bin/env python3\n"


def zipapp_name(package: Package) -> str:
    return f"{package.name}-{package.version}.pyz"


def zipapp(package: Package, files: Files) -> bytes:
    """Give a .pyz of a package's files; it needs a Python with what the package requires."""
    main = f"from {package.import_name}.__main__ import main\n\nraise SystemExit(main())\n"
    return _SHEBANG + zip_bytes({**dict(files), "__main__.py": main.encode()})
