"""The policy's tables: what generated code may name, import and reach."""

from fxgbuild.digest import Json


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Importable by every module, whatever its rule allows: they declare types and do nothing.
ALWAYS = ("__future__", "collections.abc", "typing")

# A module that brings these submodules with it, without an import statement of their own.
IMPLIED = {
    "collections": ("collections.abc",),
    "numpy": (
        *("numpy.exceptions", "numpy.fft", "numpy.linalg", "numpy.ma", "numpy.polynomial"),
        *("numpy.polynomial.chebyshev", "numpy.polynomial.hermite", "numpy.polynomial.laguerre"),
        *("numpy.polynomial.legendre", "numpy.polynomial.polynomial", "numpy.random"),
        *("numpy.lib.stride_tricks", "numpy.lib", "numpy.strings", "numpy.typing"),
    ),
    "scipy.signal": ("scipy.signal.windows",),
}

# The standard library's modules that compute and do nothing else (with `ONLY` and `CLOSED`).
PURE = words(
    "__future__ abc array base64 binascii bisect calendar cmath collections collections.abc "
    "colorsys contextlib copy csv dataclasses datetime decimal difflib enum fractions functools "
    "graphlib hashlib heapq io itertools json math numbers operator random re statistics string "
    "struct textwrap typing unicodedata warnings zlib"
)

# All that is open in a module of which most is not.
ONLY = {
    "io": frozenset({"BytesIO", "StringIO", "TextIOWrapper"}),
    "numpy.lib": frozenset(),
    "numpy.lib.stride_tricks": frozenset({"sliding_window_view"}),
    "numpy.random": frozenset(
        {"BitGenerator", "Generator", "MT19937", "PCG64", "Philox", "SFC64", "SeedSequence"}
        | {"default_rng"}
    ),
    "random": frozenset({"Random"}),
}

# What is closed, by the distribution's top module.
CLOSED = {
    "dataclasses": frozenset({"make_dataclass"}),
    "functools": words("singledispatch singledispatchmethod"),  # they evaluate annotations
    "numpy": words(
        "DataSource as_strided compat core ctypeslib distutils f2py from_dlpack fromfile fromregex "
        "genfromtxt get_include info load loadtxt lookfor memmap open_memmap save savetxt savez "
        "savez_compressed set_printoptions setbufsize seterr seterrcall show_config "
        "show_runtime source test testing"
    ),
    "operator": frozenset({"attrgetter", "methodcaller"}),
    "pandas": words(
        "ExcelFile ExcelWriter HDFStore compat core eval io read_clipboard read_gbq read_hdf "
        "read_pickle read_sql read_sql_query read_sql_table set_option test testing util"
    ),
    "scipy": frozenset({"LowLevelCallable", "test"}),
    "sklearn": words(
        "clear_data_home externals fetch_file get_data_home load_files load_svmlight_file "
        "dump_svmlight_file set_config show_versions"
    ),
    "string": frozenset({"Formatter"}),
    "typing": frozenset({"ForwardRef", "get_type_hints", "io", "no_type_check"}),
}

# Members that share their name with a module of the standard library, and are none.
PURE_MEMBERS = words(
    "bisect.bisect collections.abc.types copy.copy datetime.datetime datetime.time numpy.array "
    "numpy.copy numpy.select numpy.trace random.random statistics.statistics"
)

# Attributes refused on every value: modules that lead out, and doors into the interpreter.
REACHING = words(
    "_thread asyncio atexit builtins codecs codeop concurrent ctypes ctypeslib f2py fcntl ftplib "
    "gc glob http imaplib importlib inspect io linecache marshal mmap multiprocessing nt ntpath "
    "os pathlib pdb pickle pkgutil platform posix posixpath pty resource runpy shelve shutil "
    "signal site smtplib socket socketserver sqlite3 ssl subprocess sys sysconfig syslog "
    "telnetlib tempfile threading traceback tty urllib webbrowser weakref xmlrpc zipimport "
    "ag_frame ag_code co_code cr_code cr_frame f_back f_builtins f_code f_globals f_locals "
    "func_globals gi_code gi_frame gi_yieldfrom mro tb_frame tb_next "
    "joblib np numpy pandas pd pyarrow scipy sklearn "
    "CodeType Formatter ForwardRef FunctionType LambdaType LowLevelCallable MethodType ModuleType "
    "as_strided attrgetter get_field get_type_hints make_dataclass methodcaller vformat"
) - {"resource", "signal", "site", "platform", "http"}  # words an honest field may have

# Methods refused on every value: they write files, evaluate, or read the clock.
METHODS_CLOSED = words(
    "dump format_map memmap now open_memmap setflags to_clipboard to_excel to_feather to_gbq "
    "to_hdf to_pickle to_sql to_stata today tofile utcnow"
)
PANDAS_CLOSED = frozenset({"eval", "query"})

# What may follow a lower-case member of a module: methods of objects that live in modules.
METHODS_OPEN = words(
    "accumulate at cdf entropy expect fit from_iterable fromisoformat fromkeys fromordinal "
    "interval isf logcdf logpdf logpmf logsf mean median moment outer pdf pmf ppf reduce reduceat "
    "rvs sf stats std strptime support var combine fromtimestamp max min"
)

NAMES = words(
    "__import__ breakpoint compile copyright credits delattr dir eval exec exit globals help input "
    "license locals open quit setattr vars"
)
# Fine to call (with the checks on what they are called with), not to hand on.
NAMES_CALLED = frozenset({"getattr", "hasattr", "super"})

DUNDERS_BOUND = frozenset({"__all__", "__match_args__", "__slots__"})
DUNDERS_DEFINED = frozenset(
    f"__{name}__"
    for name in words(
        "abs add and bool call contains enter eq exit float floordiv ge getitem gt hash iadd init "
        "int invert iter le len lt matmul mod mul ne neg next or pos post_init pow radd repr "
        "rmatmul rmul rsub rtruediv setitem str sub truediv xor"
    )
)
DUNDERS_READ = frozenset({"__call__", "__init__", "__len__", "__post_init__"})

# Methods that change their object: refused on what belongs to the module.
CHANGING = words(
    "add append appendleft clear discard extend fill insert itemset pop popitem popleft put remove "
    "resize reverse rotate setdefault sort subtract update"
)

# Sources of randomness that are the same every time only when given a seed.
SEEDED = frozenset(
    f"{module}.{name}"
    for module, names in {
        "numpy.random": "MT19937 PCG64 Philox SFC64 SeedSequence default_rng",
        "random": "Random",
    }.items()
    for name in names.split()
)

# Calls that make a constant, a type or a decorator: all that may run at import.
SETTLED = words(
    "abs bool bytes complex dict float frozenset int len list max min range round set slice sorted "
    "str sum tuple zip enumerate "
    "collections.namedtuple dataclasses.dataclass dataclasses.field decimal.Decimal "
    "datetime.date datetime.timedelta enum.auto fractions.Fraction functools.cache "
    "functools.lru_cache functools.wraps re.compile struct.Struct types.MappingProxyType "
    "typing.NamedTuple typing.NewType typing.ParamSpec typing.TypeVar typing.cast "
    "numpy.arange numpy.array numpy.asarray numpy.deg2rad numpy.dtype numpy.exp numpy.eye "
    "numpy.finfo numpy.float32 numpy.float64 numpy.full numpy.geomspace numpy.iinfo numpy.int32 "
    "numpy.int64 numpy.linspace numpy.log numpy.log10 numpy.log2 numpy.logspace numpy.ones "
    "numpy.sqrt numpy.uint8 numpy.zeros"
)

# What may decorate a function or a class that belongs to the module, besides `SETTLED`.
DECORATORS = words(
    "abc.abstractmethod classmethod contextlib.contextmanager enum.unique "
    "functools.cached_property functools.total_ordering property staticmethod typing.final "
    "typing.overload typing.override typing.runtime_checkable"
)


def as_json() -> Json:
    """Every table, sorted, for the policy's digest."""
    named = {name: value for name, value in globals().items() if name.isupper()}
    return {
        name: {key: sorted(inner) for key, inner in sorted(value.items())}
        if isinstance(value, dict)
        else sorted(value)
        for name, value in sorted(named.items())
    }
