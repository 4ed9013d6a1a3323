"""The remote cache: signed records and verified blobs that machines share over HTTP.

What the engine needs of it:

    class Remote(Protocol):
        def record(self, action: str, key: Digest) -> Json | None: ...
        def believes(self, origin: Json) -> bool: ...
        def outputs(self, body: Json) -> dict[str, bytes] | None: ...
        def blob(self, digest: Digest, size: int) -> bytes | None: ...
        def upload(
            self, action: str, key: Digest, record: Json, blobs: Mapping[Digest, bytes]
        ) -> None: ...
        def notes(self) -> list[str]: ...

`record` gives the body of a record that a trusted key signed for exactly this action and key;
`outputs` gives every output of a body, or None; `blob` gives bytes that hash to their name and are
as long as the record said; `believes` says whether a body that was kept here would still be taken,
so that a key that is trusted no more counts no more in the private store either; `upload` puts
blobs first and then the record; `notes` gives each warning once. None of them fails a build,
unless the workspace requires the remote: then they raise RemoteUnavailable.
"""
