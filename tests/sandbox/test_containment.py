"""Code under test reaches nothing outside, whatever it tries, on both levels."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import Target, judge, messages

_TRY = """
import os, sys

def attempt():
{attack}

def f(x):
    try:
        got = attempt()
    except (OSError, ValueError):
        return x * 2.0
    raise RuntimeError("BREACH " + repr(got))
"""


def _attacker(name: str, attack: str) -> Target:
    body = "\n".join(f"    {line}" for line in attack.strip().splitlines())
    example = {"inputs": {"x": [1.0]}, "outputs": {"y": [2.0]}}
    return Target(name, _TRY.format(attack=body), tests=None, examples=[example])


class _Host:
    """Doors and secrets of the host, and who came."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.home.chmod(0o777)
        (self.home / "id_ed25519").write_text("PRIVATE KEY", encoding="ascii")
        self.hits: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.settimeout(0.05)
        self.unix = socket.socket(socket.AF_UNIX)
        self.path = str(self.home / "docker.sock")
        self.unix.bind(self.path)
        self.unix.listen()
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0fxg-test-{os.getpid()}")
        self.abstract.listen()
        for listener in (self.tcp, self.unix, self.abstract):
            listener.settimeout(0.05)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            for name in ("tcp", "unix", "abstract"):
                try:
                    getattr(self, name).accept()
                    self.hits.append(name)
                except OSError:
                    pass
            try:
                self.udp.recv(10)
                self.hits.append("udp")
            except OSError:
                pass

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for listener in (self.tcp, self.udp, self.unix, self.abstract):
            listener.close()


@pytest.fixture
def host(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Host]:
    monkeypatch.setenv("FXG_SECRET_KEY", "sk-very-secret")
    made = _Host(tmp_path_factory.mktemp("h"))
    yield made
    made.close()


def _attacks(host: _Host) -> dict[str, str]:
    tcp, udp = host.tcp.getsockname()[1], host.udp.getsockname()[1]
    return {
        "tcp": f"import socket\nreturn socket.create_connection(('127.0.0.1', {tcp}), 1)",
        "udp": (
            f"import socket\ns = socket.socket(2, 2)\nreturn s.sendto(b'x', ('127.0.0.1', {udp}))"
        ),
        "dns": "import socket\nreturn socket.getaddrinfo('localhost.invalid', 80)",
        "docker": f"import socket\ns = socket.socket(1, 1)\nreturn s.connect({host.path!r})",
        "abstract": (
            "import socket\ns = socket.socket(1, 1)\n"
            f"return s.connect(chr(0) + 'fxg-test-{os.getpid()}')"
        ),
        "key": f"return open({str(host.home / 'id_ed25519')!r}).read()",
        "home": f"return os.listdir({str(Path.home())!r})",
        "shadow": "return open('/etc/shadow').read()",
        "passwd": "return open('/etc/passwd').read()",
        "write": f"return open({str(host.home / 'mine')!r}, 'w')",
        "chmod": f"return os.chmod({str(host.home / 'id_ed25519')!r}, 0o777)",
        "utime": f"return os.utime({str(host.home / 'id_ed25519')!r})",
        "rename": f"return os.rename({str(host.home / 'id_ed25519')!r}, '/tmp/k')",
        "truncate": f"return os.truncate({str(host.home / 'id_ed25519')!r}, 0)",
        "usr": "return open('/usr/fxg-was-here', 'w')",
        "own code": "return open(__file__, 'a')",
        "link": f"return os.symlink({str(host.home)!r}, 'l')",
        "environ": (
            "if 'FXG_SECRET_KEY' in os.environ: return 1\n"
            "for pid in ('1', 'self', str(os.getppid())):\n"
            "    try:\n        data = open(f'/proc/{pid}/environ').read()\n"
            "    except OSError: continue\n"
            "    if 'FXG_SECRET' in data: return 1\n"
            "raise OSError"
        ),
        "process": f"return open('/proc/{os.getpid()}/cmdline').read() or 1/0",
        "kill": f"return os.kill({os.getpid()}, 0)",
        "kill all": "return os.kill(-1, 9)",
        "kill group": "return os.killpg(0, 9)",
        "fork": "return os.fork() or os._exit(0)",
        "spawn": "import subprocess\nreturn subprocess.run(['/bin/true'])",
        "exec": "return os.execv('/bin/true', ['true'])",
        "userns": (
            "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000) == 0: return 1\nraise OSError"
        ),
        "judge's memory": "return open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
        "job": (
            "d = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))\n"
            "return open(d + '/job.json').read()"
        ),
        "own tests": (
            "d = os.path.dirname(os.path.dirname(__file__))\n"
            "return open(d + '/tests/test_subject.py').read()"
        ),
        "sibling": (
            "d = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))\n"
            "return open(d + '/t0/code/subject.py').read()"
        ),
        "sibling's tmp": (
            "t = os.path.dirname(os.environ['TMPDIR'])\nreturn open(t + '/c0/x', 'w')"
        ),
        "judge's tmp": (
            "t = os.path.dirname(os.environ['TMPDIR'])\nreturn open(t + '/j0/pytest.ini', 'w')"
        ),
        "descriptors": (
            "for fd in range(5, 300):\n"
            "    try: os.fstat(fd)\n"
            "    except OSError: continue\n"
            "    return fd\n"
            "raise OSError"
        ),
        "prlimit": ("import resource as r\nreturn r.prlimit(os.getppid(), r.RLIMIT_CPU, (1, 1))"),
        "nice": "return os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "affinity": "return os.sched_setaffinity(os.getppid(), {0})",
        "owner signal": (
            "import fcntl\nfcntl.fcntl(3, fcntl.F_SETSIG, 9)\n"
            "return fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())"
        ),
    }


def test_no_attack_gets_out_and_nothing_is_reached(sandbox: Sandbox, host: _Host) -> None:
    targets = [Target("honest")]
    targets += [_attacker(name, attack) for name, attack in _attacks(host).items()]
    found = judge(sandbox, *targets)
    broken = {name: messages(frame) for name, frame in found.items() if not frame["ok"]}
    assert broken == {}
    assert host.hits == []
    assert sorted(path.name for path in host.home.iterdir()) == ["docker.sock", "id_ed25519"]
    assert (host.home / "id_ed25519").read_text(encoding="ascii") == "PRIVATE KEY"
    assert not Path("/usr/fxg-was-here").exists()


def test_code_has_a_temporary_folder_of_its_own(sandbox: Sandbox) -> None:
    code = (
        "import tempfile\n\ndef f(x):\n"
        "    with tempfile.TemporaryFile() as file:\n        file.write(b'ok')\n"
        "    return x * 2.0\n"
    )
    assert judge(sandbox, Target("writes", code))["writes"]["ok"]


def test_nothing_is_left_behind(sandbox: Sandbox) -> None:
    def left() -> set[str]:
        groups = Path("/sys/fs/cgroup").glob("**/fxgbuild-*")
        return {str(path) for path in (*groups, *Path("/tmp").glob("fxg-run-*"))}

    before = left()
    judge(sandbox, Target("loops", "def f(x):\n    while True: pass\n", wall_s=0.5))
    assert left() <= before


_LIBRARIES = """
import numpy as np, pandas as pd, pyarrow as pa, scipy.signal, scipy.linalg, sklearn.cluster
import sklearn.ensemble, sklearn.linear_model, sklearn.metrics, sklearn.model_selection

def f(x):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(60, 4)), np.arange(60) % 2
    sklearn.linear_model.LogisticRegression().fit(a, b).predict_proba(a)
    sklearn.ensemble.RandomForestClassifier(n_estimators=3, random_state=0).fit(a, b)
    sklearn.ensemble.HistGradientBoostingClassifier(max_iter=2).fit(a, b)
    sklearn.cluster.KMeans(2, n_init=1, random_state=0).fit(a)
    sklearn.metrics.pairwise_distances_argmin(a, a)
    model = sklearn.linear_model.LogisticRegression()
    sklearn.model_selection.cross_val_score(model, a, b, cv=3)
    scipy.signal.welch(a[:, 0], nperseg=16)
    scipy.linalg.svd(a)
    frame = pd.DataFrame({"k": b, "v": a[:, 0]}).groupby("k").mean()
    pa.Table.from_pandas(frame).to_pandas()
    return x * 2.0
"""


def test_numerical_libraries_work_inside(sandbox: Sandbox) -> None:
    for name in ("sklearn", "scipy", "pandas", "pyarrow"):
        pytest.importorskip(name)
    imports = ("numpy", "pandas", "pyarrow", "scipy.signal", "sklearn.ensemble")
    example = {"inputs": {"x": [1.0]}, "outputs": {"y": [2.0]}}
    target = Target("t", _LIBRARIES, None, imports=imports, examples=[example], memory_mb=2048)
    frame = judge(sandbox, target)["t"]
    assert frame["ok"], messages(frame)
