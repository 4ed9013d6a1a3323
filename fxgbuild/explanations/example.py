"""For each error id something that provokes it, what it says, and the way out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A small thing that provokes an error, the line it gives, and what to do then."""

    given: str
    says: str
    do: str


# FXG11..: an edit of a graph or rule set; the others: a command. tests/lang/test_explanations.py provokes them.
EXAMPLES: dict[str, Example] = {
    "FXG1000": Example(
        "",
        "",
        "Read the message and its hint: this id is for accidents too rare to have a page.",
    ),
    "FXG1001": Example(
        "fxgbuild build",
        "error: the workspace has 3 problems",
        "Mend the listed files. `fxgbuild plan` checks again without running anything; `--json` has every "
        "problem where more than a hundred were found.",
    ),
    "FXG1002": Example(
        "fxgbuild run //demo   # when a node does not pass its tests",
        "error: what should run did not pass its stages",
        "Type the command that the failing line names: `fxgbuild show //demo:clean --findings`.",
    ),
    "FXG1003": Example(
        "fxgbuild build --check   # after an edit",
        "error: 1 target is not up to date",
        "Run `fxgbuild build`, commit what changed under `cache/`, and check again.",
    ),
    "FXG1100": Example(
        "fxgbuild build   # in a folder without fxgbuild.toml",
        "the workspace file is missing",
        "Go to the workspace's folder, or make one: `fxgbuild init`.",
    ),
    "FXG1101": Example(
        "spec: &count Count the rows.",
        "anchors are not used here: `&count`",
        "Write the value out where it is used. A text that begins with `&`, `*`, `!` or a quote stands in quotes.",
    ),
    "FXG1102": Example(
        "sepc: Count the rows.",
        "unknown key `sepc`",
        "Take the key that is named as closest; docs/formats.md lists all keys of each file.",
    ),
    "FXG1103": Example(
        'use: ["//rules/lba"]',
        "there is no rule set `//rules/lba`",
        "Name a folder below `rules/` that has a `rules.toml`, or a built-in one as `@fxg//domain`. What its tasks "
        "are called by is its last word: `lab.Shape`.",
    ),
    "FXG1104": Example(
        'raw: "flaot64[',
        "no type is called `flaot64`",
        "Take the name that is closest, or declare it under `types`.",
    ),
    "FXG1105": Example(
        "def shpae(",
        "the function `shape` is missing",
        'Write `templates/<task>.py` with a function named as the task in snake case, or say `template = "name"`.',
    ),
    "FXG1106": Example(
        "{gian: 3.0}",
        "lab.Clean has no parameter `gian`",
        "The task's parameters stand in its rule set's `rules.toml`, with type, unit, range and default.",
    ),
    "FXG1107": Example(
        '"scpy.signal"]',
        "no distribution of the rule set provides `scpy.signal`",
        "Name the distribution and its modules under `[distributions]`, or mend the module's name.",
    ),
    "FXG1108": Example(
        "from: claen.signal, to: shape",
        "`//demo` has no node `claen`",
        "An end of an edge reads `node.port`, a graph input's name, or `//package:node.port`. `fxgbuild graph //demo` draws what is there.",
    ),
    "FXG1109": Example(
        "task: lab.Shpae",
        "`lab` has no task type `Shpae`",
        "Take the task type that is closest; the rule set's README lists them.",
    ),
    "FXG1110": Example(
        "{from: raw, to: plain.level}",
        "input `raw` → //demo:plain.level: rank is 2, not 1",
        "The hint shows both types. Feed another port, put a node between them, or override the port with `ports`. "
        "Units of whole ports are converted; nothing else is.",
    ),
    "FXG1111": Example(
        "from: measure.level, to: plain.level",
        "//demo:measure (lab.Measure) → //demo:plain (lab.Plain): this invocation is not in the rule set",
        "The hint lists what the task may invoke. Put an allowed task between them, or add an `invokes` to the rule set.",
    ),
    "FXG1112": Example(
        "  - {from: given, to: plain.level}\n  - {from: given,",
        "given and given both feed //demo:plain.level without a `join`",
        "Take one edge away, or say on each how they join: `join: any`, `join: all` or `join: {quorum: 2}`.",
    ),
    "FXG1113": Example(
        "",
        "nothing feeds the input `signal` of `//demo:shape`",
        "Add an edge to the port, or make it optional in the rule set: `float64[n]?`.",
    ),
    "FXG1114": Example(
        "  all:\n",
        "the name `all` is reserved or taken",
        "Choose another name. Names of files that some systems cannot have, such as `aux` and `nul`, are none either.",
    ),
    "FXG1115": Example(
        "effects: [clock]",
        "the effect `clock` is declared but does not run yet",
        "Declare a graph input for what the effect would fetch, and pass the value in with `run --input`.",
    ),
    "FXG1116": Example(
        "kind: logging, mode: streaming",
        "streaming does not run yet",
        "Take the way that the hint names.",
    ),
    "FXG1117": Example(
        "acceptance/test_clan.py",
        "the file `packages/demo/acceptance/test_clan.py` does not exist",
        "Mend the name or add the file. Names are relative to the package's folder and stay inside of it.",
    ),
    "FXG1118": Example(
        "",
        "a model writes this node, so it needs a `spec`",
        "Say in prose what the node must do and its conventions; or name existing code: `source: module.py:function`.",
    ),
    "FXG1119": Example(
        "    given:\n      path: data/first.npy\n      sha256: bbc0",
        "`data/first.npy` has digest aac04736ad22…, declared is bbc04736ad22…",
        "Bring the declared file back, or declare the new digest (`sha256sum data/first.npy`) if the change is meant.",
    ),
    "FXG1120": Example(
        '  - {from: "//demo:clean.signal", to: shape.signal}\n',
        "`//demo:clean` is not visible here",
        'Add `visibility: ["//other"]` to the node or to its graph, in the file that the hint names.',
    ),
    "FXG1121": Example(
        "{from: clean.signal, to: clean.signal}",
        "a cycle: //demo:clean → //demo:clean",
        "Remove one of the printed edges. A shortest cycle of each tangle is printed, so mending one may show another.",
    ),
    "FXG1122": Example(
        '    ports: {signal: "float64[250, channels]"}\n',
        "//demo:clean.signal → //demo:shape.signal: dimension `rows` is 500 at //demo:measure.signal and 250 at //demo:shape.signal",
        "Both givers of a length are named: make them agree, or give one of the ports a dimension of its own.",
    ),
    "FXG1123": Example(
        "    acceptance: {at_least: 0.9}\n",
        "`at_least` says nothing without `metric`",
        "Write both, as `acceptance: {cases: cases.jsonl, metric: exact, at_least: 0.9}`, or neither: then every "
        "case must hold.",
    ),
    "FXG1130": Example(
        "numpy>=2",
        "`numpy>=2` has no exact version, so it locks nothing",
        "Write the lock with a tool: `pip freeze > requirements.lock`, `pip-compile` or `uv lock`.",
    ),
    "FXG2000": Example(
        "fxgbuild biuld",
        "error: there is no command `biuld`; closest: `build`",
        "Take what is closest, or read `fxgbuild COMMAND --help`.",
    ),
    "FXG2001": Example(
        "fxgbuild build --frozen",
        "error: 1 node needs a generation, and the build is frozen",
        "`fxgbuild generate export --to requests.jsonl`, have the requests answered, `fxgbuild generate import replies.jsonl`; "
        "or set `[llm]` in fxgbuild.toml and build without `--frozen`.",
    ),
    "FXG2002": Example(
        "build --jbos=4   # a line of .fxgbuildrc",
        "error: the options in rc files cannot be used",
        "Mend the line that is named, or leave rc files out for once: `--no-rc`.",
    ),
    "FXG2003": Example(
        "fxgbuild init --from-calls log.jsonl   # when the log has torn lines",
        "error: 2 of 40 lines of the log cannot be used",
        "Every line is named with what is wrong. Mend the log, or type the command again with `--skip-bad`.",
    ),
    "FXG2101": Example(
        "fxgbuild build   # with a budget that is used up",
        "error: the budget of this build is used up: 14 of 10 tokens",
        "What was bought is kept: build again with a larger budget, and only what is missing is asked for.",
    ),
    "FXG2201": Example(
        "fxgbuild build //demo:clean",
        "error: no attempt passed all four stages",
        "`fxgbuild show //demo:clean --findings` says what each attempt failed at; make the spec clearer, then build.",
    ),
    "FXG2301": Example(
        "rm cache/demo/clean/code.py && fxgbuild build",
        "error: the pinned code of //demo:clean is lost",
        "`git checkout cache/demo/clean`; if it is gone there too, `fxgbuild regenerate //demo:clean`.",
    ),
    "FXG2401": Example(
        "fxgbuild promote //eeg:wheel --to prod   # without the approval that prod's policy asks for",
        "error: `//eeg:wheel` may not enter `prod`",
        "Do what the lines name, or ask who may; `--dry-run` shows the same lines and moves nothing.",
    ),
    "FXG2501": Example(
        "fxgbuild verify //eeg:wheel --rebuild   # of an artifact that holds the time of its build",
        "error: a second build gave other bytes",
        "Look at the first difference; what may not vary is listed in docs/promotion.md.",
    ),
    "FXG2601": Example(
        "echo >> cache/demo/clean/code.py && fxgbuild build",
        "error: the pinned code of //demo:clean was edited",
        "`git checkout` the file that is named. Code is changed by its spec, never by hand; for code of your own use `source`.",
    ),
    "FXG2602": Example(
        "chmod o+w .fxgbuild && fxgbuild build",
        "error: other users may write into the store, and so change what is run from it",
        "Type the `chmod` that the message gives, and remove the store if you do not trust those others: `fxgbuild clean`.",
    ),
    "FXG3000": Example(
        "fxgbuild run //demo   # on data that a node cannot take",
        "error: //demo:demo did not run through",
        "The first port or test that broke is named; `fxgbuild show //demo:clean --findings` has a test's input and what came out.",
    ),
    "FXG3700": Example(
        "any command",
        "error: this is a bug in fxgbuild",
        "Report the lines above it, with `fxgbuild version` and what you typed. Your files are as they were.",
    ),
    "FXG4000": Example(
        "fxgbuild test //demo:wheel",
        "error: no target of these patterns has tests",
        "Name nodes or graphs: `fxgbuild ls //demo:all` lists them.",
    ),
    "FXG2603": Example(
        "fxgbuild promote //eeg:wheel --to prod   # after somebody cut entries off the ledger",
        "error: the ledger is not whole",
        "Compare the ledger with another copy; go on only when it is known who changed what.",
    ),
    "FXG5000": Example(
        "fxgbuild build   # on a machine without bubblewrap",
        "error: there is no sandbox to run code in",
        "Do what the message names, often `apt-get install bubblewrap`; `fxgbuild doctor` looks at the rest.",
    ),
    "FXG5001": Example(
        "fxgbuild build   # where ruff is not installed",
        "error: cannot start ruff",
        "Mend the tool's installation; `fxgbuild doctor` names versions and places.",
    ),
    "FXG5002": Example(
        "fxgbuild build --require-remote   # with no server there",
        "error: the remote cache is required and cannot be used",
        "Try again later, mend `[remote] url`, or build without `--require-remote`.",
    ),
    "FXG5003": Example(
        "fxgbuild build   # with `[remote] url` and without `trust`",
        "error: a remote cache is read, and no key is trusted",
        "Mend the setting that is named; `fxgbuild config` shows which file it came from.",
    ),
    "FXG5004": Example(
        "fxgbuild build   # on a full disk",
        "error: no space is left to write",
        "Make room (`fxgbuild cache gc`), then type the command again.",
    ),
    "FXG5005": Example(
        "fxgbuild diff   # in a folder without a repository",
        "error: this workspace is in no git repository",
        "`git init` and a first commit begin a history; in a shallow clone, `git fetch --deepen=100`.",
    ),
    "FXG5006": Example(
        "fxgbuild promote //eeg:wheel --to staging   # while the registry is down",
        "error: the place of a channel cannot be used",
        "Wait for the place to be well, then type the same command again.",
    ),
    "FXG5007": Example(
        "chmod o+r signing.key && FXG_SIGNING_KEY=signing.key fxgbuild promote //eeg:wheel --to dev",
        "error: the signing key cannot be used",
        "Do what the hint says; `fxgbuild cache keygen FILE` makes a new key.",
    ),
    "FXG5010": Example(
        "fxgbuild build   # in an environment without numpy",
        "error: the project's environment is not what the code needs",
        "Type the command that the hint gives; where another version is meant, lock it.",
    ),
    "FXG5011": Example(
        "fxgbuild build   # with another ruff than `[toolchain]` states",
        "error: this workspace is for other versions of fxgbuild or its tools",
        "Install what is stated, or state what is installed and build: what the tool judged is judged again.",
    ),
    "FXG7000": Example(
        "fxgbuild query 'dpes(//demo)'",
        "error: there is no function `dpes`",
        "Take what is closest; `fxgbuild query --help` lists the functions.",
    ),
    "FXG9000": Example(
        "fxgbuild build   # while another build holds the lock for long",
        "error: another process holds what this build needs, and the time to wait for it is over",
        "Wait for the process that is named, or end it; its lock goes with it.",
    ),
}
