"""What is wrong stands first, with the command that mends it."""


def test_a_sound_workspace_has_nothing_wrong(hello):
    done = hello.type("doctor", env={"FXG_SIGNING_KEY": "s3cret"})
    assert done.code == 0, done.out
    assert "FXG_SIGNING_KEY" in done.out
    assert "s3cret" not in done.out
    assert "wrong" not in done.out
    assert "not A:" in done.out or "A (" in done.out


def test_what_is_wrong_stands_first_with_what_mends_it(hello):
    hello.path(".fxgbuild").chmod(0o777)
    hello.path(".git").mkdir()
    hello.path(".gitignore").unlink()
    done = hello.type("doctor")
    assert done.code == 1
    first, rest = done.out.split("\n\n", 1)
    assert first.startswith("wrong   store")
    assert "next: `chmod go-w" in first
    assert "wrong   git" in rest
    assert ".gitignore" in rest
    assert "skipped index" in rest


def test_a_bad_line_of_an_rc_file_is_found_though_no_command_uses_it(hello):
    hello.path(".fxgbuildrc").write_text("show --cdoe\nbild --frozen\n")
    done = hello.type("doctor", "--json")
    assert done.code == 1
    assert done.json[0]["check"] == "rc files"
    assert ".fxgbuildrc:1:1" in done.json[0]["text"]
    assert ".fxgbuildrc:2:1" in done.json[0]["text"]
    assert {check["state"] for check in done.json} == {"ok", "wrong"}


def test_a_broken_workspace_is_the_one_thing_to_mend(hello):
    hello.edit("pipelines/hello/fxg.yaml", "task:", "tsak:")
    done = hello.type("doctor", "--json")
    assert done.code == 1
    assert [check["check"] for check in done.json if check["state"] == "wrong"] == ["workspace"]
    assert "skipped" in {check["state"] for check in done.json}
