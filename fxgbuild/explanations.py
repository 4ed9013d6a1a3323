"""Explanations: what each error id means and what to do, for `fxgbuild explain`."""

from dataclasses import dataclass

EXPLANATIONS: dict[str, str] = {
    "FXG1000": "An error without a page of its own; the message says what to do.",
    "FXG1001": "Files of the workspace are wrong. Every problem is listed with its place; mend them "
    "from the top, since one can be the cause of others. Nothing was run.",
    "FXG1002": "A target did not build. The lines above name the stage, the findings and the next "
    "command. Nothing downstream of it was run.",
    "FXG1003": "`--check` says that there is something to do: the plan is not empty, and nothing was run. "
    "The lines above name the targets and the fields that moved. Build, and commit what changed under "
    "`cache/`; on a machine that has built nothing yet, build before the check.",
    "FXG1100": "A workspace is a folder with a `fxgbuild.toml`; `fxgbuild init` makes one.",
    "FXG1101": "The file is not YAML 1.2, JSON or TOML as its ending says, or it uses what these "
    "files do not have here: aliases, anchors, tags, duplicate keys, great depth or size.",
    "FXG1102": "A key is unknown, missing or has a value of the wrong kind. The JSON Schemas in "
    "docs/schemas make editors say so while typing.",
    "FXG1103": "`use` names rule sets: `@fxg//domain` for built-in ones, `//rules/domain` for the "
    "workspace's own. A task reads `domain.TaskType`. A rule set has a README with an example node.",
    "FXG1104": "A port's type cannot be read. Shorthand is `float64[rows, 3] uV nan in [0, 1]`, "
    "`record<name: text>`, `table<age: int, ...rest>`; docs/formats.md lists all.",
    "FXG1105": "Every task type has a template, a Python file with the required function and at "
    "most one hole between `# fxg:hole` and `# fxg:end`.",
    "FXG1106": "A parameter is unknown, missing, of the wrong type, outside its range, or bound "
    "where it may not be (a secret is bound at run only).",
    "FXG1107": "`imports` come from the `distributions` that the rule set or the node states, or from the "
    "standard library, of which generated code has the part that computes and does nothing else. A node's own "
    "module is taken from the distribution of its name unless `distributions` states another.",
    "FXG1108": "A node, port or graph input does not exist by this name.",
    "FXG1109": "The rule set has no task type of this name; `fxgbuild ls -v //...` shows those used.",
    "FXG1110": "What the producer's port carries does not fit what the consumer's declares: dtype, "
    "rank, unit, range, missing values or fields. Both ends are named.",
    "FXG1111": "The rule set does not let this task type invoke that one, or not in this way.",
    "FXG1112": "Two edges feed one port, so a `join` must say how: `any` or `{quorum: n}`.",
    "FXG1113": "Every input port that is not optional needs an edge.",
    "FXG1114": "Names are lower-case ASCII; `all`, `graph`, `inputs`, `outputs` and the package's own "
    "name are reserved; a package has one graph file, and is not called as rule sets are, `//rules/x`.",
    "FXG1115": "Effects are part of the grammar so that files written today stay valid, but nodes "
    "with effects do not run yet. Do the effect outside: pass the value in as a graph input.",
    "FXG1116": "Part of the grammar that does not run yet: streaming hooks. "
    "The hint names what runs instead.",
    "FXG1117": "A file that a document names is missing, or lies outside the package's folder.",
    "FXG1118": "A node lacks what its kind needs, or has what does not fit: a spec and an acceptance where a "
    "model writes the code, names that Python takes; for a `source` a plain function whose arguments are the "
    "ports and parameters, and every first-party module it imports in `deps`.",
    "FXG1119": "A data file is not the one that was declared. Data is named by path and SHA-256 so "
    "that a result says what it was computed from; declare the new digest if it is meant.",
    "FXG1120": "A node is used from another package only when its `visibility` allows it.",
    "FXG1121": "Nodes need each other in a circle; the path is printed. Remove one of its edges.",
    "FXG1122": "Dimensions are unified along edges; here one would have two lengths.",
    "FXG1123": "A threshold is `metric` and `at_least` together, over the `cases` of a node; `f1` also needs "
    "one output port of labels (enum, bool, text) or of a record of labels. docs/formats.md defines each metric.",
    "FXG1130": "The lock file cannot be read as what its name says: `uv.lock`, `pylock.toml`, or lines of `name==version`. "
    "Every line of those must have an exact version.",
    "FXG2000": "The command line is wrong; `fxgbuild COMMAND --help` shows it.",
    "FXG2001": "A node has no pinned code for its present key, and no model may or can be asked. "
    "Export the requests, have them answered, import the replies; or configure a provider; or "
    "`fxgbuild carry` the pinned code when the change should not matter to it.",
    "FXG2002": "A line of an rc file (`.fxgbuildrc` in the home or the workspace, or a file it imports) "
    "cannot be used, or `--config` names what no line stands for. `fxgbuild config --explain VERB` shows "
    "what applies and from where, `--no-rc` leaves rc files out.",
    "FXG2003": "Lines of a log of calls are no call: not JSON, without a prompt or an answer, failed, or answered "
    "in another form than the rest. docs/formats.md lists the forms that are read.",
    "FXG2101": "The budget for model calls, `[generate] max_tokens` or `max_cost`, is used up in this build. "
    "Replies that were bought are judged, and what passed is pinned.",
    "FXG2201": "No attempt passed all four stages. `fxgbuild show LABEL --findings` says why; a "
    "clearer spec has another key and starts a new series of attempts.",
    "FXG2301": "A pin's record is there but its code is nowhere. It is never made again in silence: "
    "restore it from version control, or ask for new code with `fxgbuild regenerate`.",
    "FXG2401": "Nothing was moved. Every line of the policy that is not met says what was asked, what was found "
    "and what would meet it; a policy of the organisation cannot be lowered here. Where another promotion came "
    "first, look at `fxgbuild log --channel CHANNEL` and type the command again if it is still meant.",
    "FXG2501": "The same sources, built elsewhere, gave other bytes, or the same code and inputs gave other "
    "outputs. The first difference is shown. Until it is understood, nothing that depends on it is promoted.",
    "FXG2601": "Something stored does not agree with itself: a digest, a key, a label, a row. Nothing "
    "was run from it. Restore the file from version control; remove a damaged private store.",
    "FXG3000": "Tests failed; the first port or test that broke is named.",
    "FXG3700": "This is a bug in fxgbuild. Please report it with the lines above.",
    "FXG4000": "None of these targets has tests.",
    "FXG2602": "Another user owns the store or may write into it, and could so decide what your builds "
    "take for validated. Nothing was read from it; the message gives the command that ends this.",
    "FXG2603": "A signature, a statement, the ledger or what a place handed out is not what it has to be: another "
    "key, an expired one, other bytes, an entry that is missing or was edited. Nothing was moved. Compare with "
    "another copy before anything else; the ledger names the digests that were promoted.",
    "FXG5000": "Generated code runs only in a sandbox that its canary could not break out of, at or "
    "above the workspace's minimum level. The message names the remedy.",
    "FXG5001": "A tool could not do its work at all; this is not a verdict on any code.",
    "FXG5002": "The remote cache did not answer as it must, and `[remote] require` (or `--require-remote`) "
    "says that a build without it is no build. Without that, the same trouble only costs time.",
    "FXG5003": "The remote cache is set up in a way that cannot work: no trusted key, a signing key that "
    "others could read or that lies in the workspace, a token over an open line, or the `signing` extra "
    "is not installed.",
    "FXG5004": "No space is left on the disk, or a limit on file sizes was reached. What was being "
    "written is not there, what was there before still is: make room and type the command again.",
    "FXG5005": "A comparison with the past needs git and the commits it names: the workspace lies in "
    "no repository, the clone is too shallow, or git itself failed. Nothing was changed.",
    "FXG5006": "The place of a channel or of the ledger could not be used: it is down, too slow, full, or refuses "
    "what was asked. Nothing is half promoted: the channel points to what it pointed to before, or to the whole "
    "of the new release. Type the same command again when the place is well.",
    "FXG5007": "Signing needs an ed25519 key: in a file that only its owner can read, named by `FXG_SIGNING_KEY`; in "
    "`FXG_SIGNING_KEY_PEM`; or behind the command `FXG_SIGNING_COMMAND`. A key in the workspace is refused. "
    "`fxgbuild cache keygen FILE` makes one and prints its public half for the trust file.",
    "FXG5010": "Code is tested and run with the project's interpreter: `[python] env`, else `VIRTUAL_ENV`, `.venv`, "
    "`CONDA_PREFIX`, else fxgbuild's own. It needs pytest, hypothesis and what the code imports, in the versions that "
    "`[python] lock` has. The message names the environment, what differs and the command that mends it.",
    "FXG5011": "`requires` and `[toolchain]` in fxgbuild.toml state the versions of fxgbuild and its tools that this "
    "workspace is built with, so that everybody's verdicts are the same. The message names each one that differs.",
    "FXG7000": "The query cannot be read; the message gives the column.",
    "FXG9000": "Another process holds a lock that was waited for long enough.",
}


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
        "chmod o+r signing.key && fxgbuild build",
        "error: the signing key cannot be used",
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


def page(id: str) -> list[str]:
    """All that is known of an error id, as lines."""
    lines = [f"{id}: {EXPLANATIONS[id]}"]
    example = EXAMPLES.get(id)
    if example is None:
        return lines
    if example.given:
        lines += ["", "For example", *(f"  {line}" for line in example.given.splitlines())]
    if example.says:
        lines += ["", "says" if example.given else "For example", f"  {example.says} [{id}]"]
    return [*lines, "", f"What to do: {example.do}"]
