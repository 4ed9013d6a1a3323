"""What each error id means, and what to do."""

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
    "FXG5003": "The remote cache is set up in a way that cannot work: no trusted key, namespaces that "
    "are none, or a token over an open line.",
    "FXG5004": "No space is left on the disk, or a limit on file sizes was reached. What was being "
    "written is not there, what was there before still is: make room and type the command again.",
    "FXG5005": "A comparison with the past needs git and the commits it names: the workspace lies in "
    "no repository, the clone is too shallow, or git itself failed. Nothing was changed.",
    "FXG5006": "The place of a channel or of the ledger could not be used: it is down, too slow, full, or refuses "
    "what was asked. Nothing is half promoted: the channel points to what it pointed to before, or to the whole "
    "of the new release. Type the same command again when the place is well.",
    "FXG5007": "Signing needs an ed25519 key: in a file that only its owner can read, named by `FXG_SIGNING_KEY`; in "
    "`FXG_SIGNING_KEY_PEM`; or behind the command `FXG_SIGNING_COMMAND`. A key in the workspace is refused. "
    "`fxgbuild cache keygen FILE` makes one and prints its public half for the trust file. Making and checking "
    "signatures needs the `signing` extra.",
    "FXG5010": "Code is tested and run with the project's interpreter: `[python] env`, else `VIRTUAL_ENV`, `.venv`, "
    "`CONDA_PREFIX`, else fxgbuild's own. It needs pytest, hypothesis and what the code imports, in the versions that "
    "`[python] lock` has. The message names the environment, what differs and the command that mends it.",
    "FXG5011": "`requires` and `[toolchain]` in fxgbuild.toml state the versions of fxgbuild and its tools that this "
    "workspace is built with, so that everybody's verdicts are the same. The message names each one that differs.",
    "FXG7000": "The query cannot be read; the message gives the column.",
    "FXG9000": "Another process holds a lock that was waited for long enough.",
}
