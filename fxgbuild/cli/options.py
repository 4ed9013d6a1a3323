"""Every verb's options as plain words, so that rc files are read without importing the verbs.

Names of one option are joined by commas, `=` says that a value follows, `*` stands for what every
verb has. `python -m tests.cli.options` rewrites the table, and a test holds it to the verbs.
"""

from fxgbuild.rc import Known

COMMON = "--store= --json --color= -v,--verbose"
TABLE = {
    "init": (
        "--rules= --task= --from-calls= --name= --seed= --shown= --metric= --at-least= "
        "--skip-bad --ci= --force"
    ),
    "build": (
        "* --frozen --no-record -k,--keep-going --check --defer= --require-remote --watch "
        "--watch-generate -j,--jobs= --block-for-lock= --changed-since= "
        "--build-event-json-file= --profile= --summary= --junit= --sarif= --annotations="
    ),
    "test": (
        "* --test-output= --watch --changed-since= --build-event-json-file= --profile= "
        "--summary= --junit= --sarif= --annotations="
    ),
    "retry": "",
    "run": "* --input= --param= --case= --out= --keep",
    "plan": "* --frozen --check --changed-since=",
    "why": "* --at=",
    "log show": "*",
    "log diff": "*",
    "log what-ran": "*",
    "log": "* -n,--number= --channel=",
    "diff": "* --markdown --exit-code --fail-on-weakened --changed-since=",
    "show": "* --code --tests --record --findings",
    "debug": "* --test= --attempt=",
    "ls": "* --changed-since=",
    "query": "* --output=",
    "aquery": "* --output= --actions= --preimages,--include-preimages",
    "why-depends": "*",
    "graph": "* --output= --to=",
    "prompt": "* --first",
    "generate export": "* --to= --renew",
    "generate import": "* --for= --model= --no-record",
    "regenerate": "*",
    "carry": "* --because= --dry-run --frozen",
    "emit": "* --to= --frozen --changed-since=",
    "promote": "* --to= --because= --dry-run --clock-is-right",
    "approve": "* --role= --channel= --because= --acknowledge= --reviewed --dry-run",
    "verify": "* --channel= --rebuild --attest --verify-determinism=",
    "rollback": "* --channel= --to= --because= --dry-run --clock-is-right",
    "blame": "* --channel= --at=",
    "history": "*",
    "export": "* --to= --channel=",
    "import": "* --to=",
    "report": "* --markdown --price-in= --price-out=",
    "cache serve": "* --host= --port= --read-only --token-file=",
    "cache keygen": "* --person= --role= --days= --trust=",
    "cache verify": "* --repair",
    "cache stats": "*",
    "cache gc": "* --dry-run --max-size= --max-age=",
    "fmt": "* --check",
    "doctor": "*",
    "info": "*",
    "config": "",
    "explain": "--list",
    "clean": "* --expunge",
    "version": "",
    "completion": "",
}


def options() -> dict[str, dict[str, Known]]:
    """Every verb's options under all their names; verbs without any are left out."""
    return {verb: _read(text.replace("*", COMMON)) for verb, text in TABLE.items() if text}


def _read(text: str) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for word in text.split():
        names = word.removesuffix("=").split(",")
        full = max(names, key=len)
        found |= {name: Known(full, word.endswith("=")) for name in names}
    return found
