"""Version ranges as settings state them."""

from typing import Annotated

from pydantic import AfterValidator


def _range(text: str) -> str:
    """A version range as PEP 440 writes it, `>=1,<2`; a bare version means exactly that one."""
    if text:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - if stated

        try:
            SpecifierSet(as_range(text))
        except InvalidSpecifier:
            raise ValueError(f"`{text}` is no version and no range such as `>=1.2,<2`") from None
    return text


def as_range(text: str) -> str:
    return f"=={text}" if text[:1].isdigit() else text


Range = Annotated[str, AfterValidator(_range)]
