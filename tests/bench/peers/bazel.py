"""Bazel with a warm server: one genrule a node, one BUILD file a package.

The server lives in the workspace's own output root, ends with `bazel shutdown`, and by itself after
some minutes should the benchmark be killed.
"""

from pathlib import Path

from tests.bench.peers.peer import FOLD_FILE, Peer, name, output, own, package, write_inputs

RC = """\
startup --output_user_root={root}
startup --max_idle_secs=600
startup --host_jvm_args=-Xmx4g
build --spawn_strategy=local
build --noshow_progress
"""


def write(folder, upstream):
    write_inputs(folder, upstream, out="")
    (folder / "WORKSPACE").touch()
    (folder / "BUILD").write_text(f'exports_files(["{FOLD_FILE}"])\n')
    (folder / ".bazelrc").write_text(RC.format(root=_root(folder)))
    files = {}
    for i, sources in enumerate(upstream):
        files.setdefault(package(i), [HEAD]).append(_rule(i, sources))
    for home, lines in files.items():
        (folder / home / "BUILD").write_text("".join(lines))


HEAD = 'package(default_visibility = ["//visibility:public"])\n'


def _rule(i, sources):
    files = [Path(own(i)).name, *(f"//{package(s)}:{name(s)}" for s in sources)]
    listed = ", ".join(f'"{file}"' for file in files)
    return (
        f'genrule(name = "{name(i)}", srcs = [{listed}], outs = ["{Path(output(i)).name}"], '
        f'tools = ["//:{FOLD_FILE}"], cmd = "sh $(location //:{FOLD_FILE}) $@ $(SRCS)")\n'
    )


def _root(folder):
    return folder.parent / f"{folder.name}-root"


def server_mb(folder):
    """The peak of the server that holds the workspace; 0 where the system does not tell."""
    for file in _root(folder).glob("*/server/server.pid.txt"):
        try:
            status = Path(f"/proc/{file.read_text().strip()}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return 0


PEER = Peer(
    "bazel",
    "bazel",
    write,
    ("build", "//..."),
    version=("info", "release"),
    stop=("shutdown",),
    out="bazel-bin",
    server_mb=server_mb,
)
