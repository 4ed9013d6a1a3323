"""Which distribution a module comes from, where no rule set says so.

By default the one of the same name; the exceptions that many meet are listed.
"""

import sys
from collections.abc import Iterable, Mapping

from fxgbuild.lang.dtsl import Distribution as DistributionDoc
from fxgbuild.lang.model import Distribution
from fxgbuild.lang.rulesets import STDLIB
from fxgbuild.problem import closest

# Module to distribution, where the two names differ.
OTHERWISE = {
    "Crypto": "pycryptodome",
    "Levenshtein": "python-Levenshtein",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "pptx": "python-pptx",
    "pywt": "PyWavelets",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "usb": "pyusb",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# What is often meant: a name that a slip makes of one of these is refused.
COMMON = frozenset({"networkx", "numpy", "pandas", "polars", "pyarrow", "scipy", "statsmodels"})


def stated(docs: Mapping[str, DistributionDoc]) -> tuple[Distribution, ...]:
    """The distributions that a document lists."""
    return tuple(
        Distribution(name, doc.requires, tuple(doc.modules) or (name,))
        for name, doc in docs.items()
    )


def distribution_of(module: str) -> Distribution | None:
    """The distribution of a module that nobody stated; None for the standard library."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return None
    return Distribution(OTHERWISE.get(top, top), "", (top,))


def unknown_module(
    module: str, provided: Iterable[Distribution], *, generated: bool
) -> tuple[str, str]:
    """Why a module may not be imported, and what is close; empty where it may."""
    top = module.partition(".")[0]
    tops = {name for item in provided for name in item.modules}
    if any(module == name or module.startswith(f"{name}.") for name in tops):
        return "", ""
    if top in sys.stdlib_module_names:
        if not generated or module in STDLIB or top in STDLIB:
            return "", ""
        return f"`{module}` of the standard library is not open to generated code", closest(
            top, STDLIB
        )
    if not all(part.isidentifier() for part in module.split(".")):
        return f"`{module}` is no module name", ""
    known = STDLIB | COMMON | set(OTHERWISE)
    near = "" if top in known else ", ".join(f"`{x}`" for x in sorted(known) if _slip(top, x))
    return (f"no distribution is known to provide `{module}`", near) if near else ("", "")


def _slip(word: str, meant: str) -> bool:
    """One letter is another, or two neighbours have changed places; else it is another module."""
    if len(word) != len(meant) or len(word) < 4:
        return False
    other = [place for place, pair in enumerate(zip(word, meant, strict=True)) if len({*pair}) > 1]
    if len(other) == 2 and other[1] == other[0] + 1:
        first, second = other
        return word[first] == meant[second] and word[second] == meant[first]
    return len(other) == 1
