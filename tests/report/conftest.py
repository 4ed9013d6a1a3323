"""Bazel's own definition of the build event protocol, compiled once."""

from pathlib import Path

import pytest

BAZEL = Path(__file__).parent / "bazel"
PROTOCOL = "src/main/java/com/google/devtools/build/lib/buildeventstream/proto"


@pytest.fixture(scope="session")
def build_event(tmp_path_factory):
    """The message class of Bazel's `BuildEvent`."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from grpc_tools import protoc

    out = tmp_path_factory.mktemp("bazel") / "bazel.binpb"
    wellknown = Path(protoc.__file__).parent / "_proto"
    name = f"{PROTOCOL}/build_event_stream.proto"
    words = [f"-I{BAZEL}", f"-I{wellknown}", "--include_imports", f"--descriptor_set_out={out}"]
    assert protoc.main(["protoc", *words, name]) == 0
    files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    found = pool.FindMessageTypeByName("build_event_stream.BuildEvent")
    return message_factory.GetMessageClass(found)
