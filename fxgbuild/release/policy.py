"""Policy: who asks what of a release that is to enter a channel, and what of it is met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fxgbuild.digest import Digest, tagged_digest
from fxgbuild.errors import worst
from fxgbuild.lang.channels import OrganisationDoc, PolicyDoc
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.release.asked_of_build import ABOUT_THE_BUILD
from fxgbuild.release.asked_of_people import ABOUT_PEOPLE
from fxgbuild.release.case import open_case
from fxgbuild.release.facts import Contained, Facts
from fxgbuild.release.line import Line
from fxgbuild.release.standing import STANDING

__all__ = ("Contained", "Facts", "Line", "Part", "check", "parts_of", "policy_digest")

FXGBUILD = "fxgbuild"  # asks for what holds in every channel
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Part:
    """What one side asks. Each part has to be met by itself, so that none can lower another."""

    origin: str  # where it is written
    doc: PolicyDoc


def parts_of(
    channel: str, settings: SettingsDoc, organisation: Sequence[tuple[str, OrganisationDoc]]
) -> tuple[Part, ...]:
    """Who asks something for a channel: each organisation's policy, then the workspace's own."""
    found = [
        Part(f'{origin} [channels."{name}"]' if name == EVERY else f"{origin} [channels.{name}]", d)
        for origin, doc in organisation
        for name, d in doc.channels.items()
        if name in (EVERY, channel)
    ]
    own = settings.channels.get(channel)
    if own is not None:
        found.append(Part(f"fxgbuild.toml [channels.{channel}.policy]", own.policy))
    return tuple(found)


def policy_digest(parts: Iterable[Part]) -> Digest:
    """Of what was asked, by whomever: where a file lies on a machine is no part of it."""
    return tagged_digest("policy", [part.doc.model_dump(mode="json") for part in parts])


def check(facts: Facts, parts: Sequence[Part]) -> tuple[Line, ...]:
    """Every line of the policy, met or not: what holds everywhere, then part by part."""
    case = open_case(facts)
    found = [replace(line, origin=FXGBUILD) for rule in STANDING for line in rule(case)]
    for part in parts:
        lines = (
            line for rule in (*ABOUT_THE_BUILD, *ABOUT_PEOPLE) for line in rule(case, part.doc)
        )
        found += [replace(line, origin=part.origin) for line in lines]
    return tuple(found)


def unmet(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if not line.met)


def exit_code(lines: Iterable[Line]) -> int:
    """Of a refusal: 26 where something is not to be trusted, else 24; 0 where all is met."""
    return worst([line.exit_code for line in unmet(lines)])


def asked_of_git(facts: Facts, parts: Iterable[Part]) -> tuple[tuple[str, str], ...]:
    """The questions that `Facts.contained` answers: does a ref contain the commit?"""
    commit = open_case(facts).commit
    refs = sorted({part.doc.ref for part in parts if part.doc.ref})
    return tuple((commit.id, ref) for ref in refs) if commit else ()
