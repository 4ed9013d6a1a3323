"""The workflows that `init --ci` writes, run from nothing to production in clones."""

import base64
import json
from contextlib import contextmanager

import pytest
import yaml

from fxgbuild.cli.init_ci import HOSTS
from tests.docs.hosts import GitHub, GitLab
from tests.llm.peer import COMPLETION, Answer, serve
from tests.promote.world import LABEL, REPLY, entries

POLICIES = {
    "staging": 'policy = {ref = "main", rebuilt = 1}\n',
    "prod": "policy = {approvals = {release = 1}}\n",
}
OTHER = REPLY.replace("sorted(set(text.lower().split()))", "sorted({*text.lower().split()})")


@pytest.fixture
def hosted(registered):
    """A world whose channels lie in a registry, empty, and ask for what is worth asking."""

    def made(host, more=""):
        path = registered.path("fxgbuild.toml")
        text = path.read_text("utf-8").replace('index = "channels/index"\n', "")
        for channel, policy in POLICIES.items():
            head, tail = text.split(f"[channels.{channel}]\n")
            text = f"{head}[channels.{channel}]\n{policy}{tail}"
        path.write_text(text + more, "utf-8")
        done = registered.type("init", "--ci", host)
        assert done.code == 0, done.err
        assert LABEL in done.out
        registered.commit("a workflow")
        return registered, yaml.safe_load(registered.path(HOSTS[host].file).read_text("utf-8"))

    return made


def keys(world, coded=str):
    who = {"FXG_CI_KEY": "ana", "FXG_VERIFIER_KEY": "cleo"}
    return {key: coded(world.key(person).read_text("utf-8")) for key, person in who.items()}


def story(world):
    """Who brought what into which channel, the oldest entry first."""
    found = [e for c in ("dev", "staging", "prod") for e in entries(world, c)]
    return [
        (e["channel"], e["release"], e["because"]) for e in sorted(found, key=lambda e: e["number"])
    ]


@contextmanager
def answering():
    """A model that has other code for //words:rank, and the settings that name it."""
    with serve() as peer:
        body = json.loads(json.dumps(COMPLETION))
        body["choices"][0]["message"]["content"] = OTHER
        peer.answers = [Answer(body=body)]
        yield peer, f'\n[generate]\nprovider = "openai"\nmodel = "m"\nbase_url = "{peer.url}"\n'


@pytest.mark.slow
def test_github_s_jobs_go_from_nothing_to_production_in_order(hosted, shop, tmp_path):
    with answering() as (peer, model):
        world, workflow = hosted("github", model)
        place = world.path("fxgbuild.toml").read_text("utf-8").split('at = "oci://')[1]
        host = GitHub(
            tmp_path / "github",
            world.root,
            workflow,
            shop,
            secrets=keys(world) | {"OPENAI_API_KEY": "sk-planted"},
            variables={"FXG_REGISTRY": place.partition("/")[0]},
        )
        main = host.run("push", "refs/heads/main")
        assert outcomes(main) == {"build", "dev", "rebuild"}, said(main)
        release = main["dev"].outputs["release"]
        assert main["build"].outputs["file"] == world.build()
        assert "; 0 actions run" in main["dev"].said("Have it built here")
        assert story(world) == [("dev", release, "run 1")]
        world.git("tag", "v0.1.0")
        asked = []

        def refused_then_approved(needs):
            """What a person does while the environment waits: look, then sign."""
            asked.append(needs["staging"]["outputs"]["release"])
            done = world.type("promote", asked[0], "--to", "prod")
            assert (done.code, "release" in done.err) == (24, True)
            assert world.type("approve", asked[0], "--role", "release", by="ben").code == 0

        tag = host.run("push", "refs/tags/v0.1.0", before={"approval": refused_then_approved})
        assert outcomes(tag) == {"build", "staging", "approval", "prod"}, said(tag)
        assert asked == [release]
        summary = (tag["staging"].runner.folder / "GITHUB_STEP_SUMMARY").read_text("utf-8")
        assert summary == f"`fxgbuild approve {release} --role ROLE`\n"
        ways = [("dev", "run 1"), ("staging", "v0.1.0"), ("prod", "v0.1.0")]
        assert story(world) == [(channel, release, because) for channel, because in ways]
        assert {"login", "--password-stdin"} <= set(tag["prod"].runner.called("docker"))
        again = host.run("workflow_dispatch", "refs/heads/main", inputs={"pattern": "//words:rank"})
        assert outcomes(again) == {"regenerate"}, said(again)
        assert len(peer.requests) == 1
    words = again["regenerate"].runner.called("gh")
    assert words[:4] == ["pr", "create", "--head", proposed(world)]


def proposed(world):
    """The one branch that is new; it holds new code of the node, and nothing else."""
    (branch,) = [b for b in world.git("branch", "--format=%(refname:short)").split() if b != "main"]
    changed = world.git("diff", "--name-only", f"main...{branch}").split()
    assert changed == ["cache/words/rank/code.py", "cache/words/rank/pin.json"]
    return branch


def outcomes(jobs):
    """The jobs that ran; all of them passed."""
    assert not [name for name, job in jobs.items() if job.outcome == "failure"], said(jobs)
    return {name for name, job in jobs.items() if job.outcome == "success"}


def said(jobs):
    return "\n".join(f"{n}: {step}" for n, job in jobs.items() for step in job.steps)


@pytest.mark.slow
def test_gitlab_s_jobs_go_from_nothing_to_production_in_order(hosted, shop, tmp_path):
    world, pipeline = hosted("gitlab")
    coded = keys(world, lambda text: base64.b64encode(text.encode()).decode())
    facts = {"CI_PIPELINE_ID": "5", "CI_REGISTRY": "registry.example.org"}
    login = {"CI_REGISTRY_USER": "me", "CI_REGISTRY_PASSWORD": "secret"}
    host = GitLab(tmp_path / "gitlab", world.root, pipeline, shop, variables=coded | facts | login)
    for name in ("fxgbuild", "dev", "rebuild"):
        runner, code, printed = host.job(name, "origin/main")
        assert code == 0, printed
    stored = json.loads((runner.folder / ".docker/config.json").read_text("utf-8"))
    auth = stored["auths"]["registry.example.org"]["auth"]
    assert base64.b64decode(auth) == b"me:secret"
    release = host.handed["dev"]["RELEASE"]
    world.git("tag", "v0.1.0")
    for name in ("fxgbuild", "staging", "prod"):
        if name == "prod":
            assert host.handed["staging"]["RELEASE"] == release
            assert world.type("approve", release, "--role", "release", by="ben").code == 0
        _, code, printed = host.job(name, "v0.1.0", CI_COMMIT_TAG="v0.1.0")
        assert code == 0, printed
    ways = [("dev", "pipeline 5"), ("staging", "v0.1.0"), ("prod", "v0.1.0")]
    assert story(world) == [(channel, release, because) for channel, because in ways]


@pytest.mark.slow
def test_gitlab_s_job_proposes_new_code_as_a_merge_request(hosted, shop, tmp_path):
    with answering() as (peer, model):
        world, pipeline = hosted("gitlab", model)
        world.git("config", "receive.advertisePushOptions", "true")
        hook = world.path(".git/hooks/pre-receive")
        hook.write_text(f'#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ > "{tmp_path}/options"\n')
        hook.chmod(0o755)
        url = "https://oauth2:pushing@gitlab.example.org:443/me/words.git"
        facts = {
            **{"CI_PIPELINE_ID": "6", "CI_DEFAULT_BRANCH": "main", "PATTERN": "//words:rank"},
            **{"GITLAB_USER_NAME": "ana", "GITLAB_USER_EMAIL": "ana@example.org"},
            **{"CI_SERVER_PROTOCOL": "https", "CI_SERVER_HOST": "gitlab.example.org"},
            **{"CI_SERVER_PORT": "443", "CI_PROJECT_PATH": "me/words", "FXG_PUSH_TOKEN": "pushing"},
            **{"OPENAI_API_KEY": "sk-planted", "GIT_CONFIG_COUNT": "1"},
            # The host's address leads to the repository that stands for it.
            **{"GIT_CONFIG_KEY_0": f"url.file://{world.root}.insteadOf", "GIT_CONFIG_VALUE_0": url},
        }
        host = GitLab(tmp_path / "gitlab", world.root, pipeline, shop, variables=facts)
        _, code, printed = host.job("regenerate", "origin/main")
        assert code == 0, printed
        assert len(peer.requests) == 1
    assert proposed(world) == "regenerate-6"
    options = (tmp_path / "options").read_text("utf-8")
    wanted = ("create", "target=main", "title=Regenerate //words:rank")
    assert all(f"=merge_request.{option}\n" in options for option in wanted), options
