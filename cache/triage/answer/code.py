import re
import unicodedata

_ORDER: tuple[ResultCategory, ...] = (
    "abstain",
    "power",
    "water",
    "heating",
    "building",
    "internet",
    "it",
    "billing",
)
_SUPPLY: tuple[ResultCategory, ...] = ("power", "water", "heating", "internet")
_MONEY = 3

# Every list holds patterns separated by semicolons, each matched at the beginning of a word.
_PLACES = r"""(?<!your )(?<!home )(?<!post )offices?\b(?! (hours|365)); bue?ro; depot;
    (meeting|conference) room; corridor; (?<!service )(?<!help )desk\b"""

_TABLE: tuple[tuple[ResultCategory, int, str], ...] = (
    (
        "power",
        3,
        r"""power (cut|outage|fail); blackout; flicker; spark(s|ing|ed)?\b; apagon;
        electric shock|shocks? (from|off)\b|shock when \w+ touch;
        (is|been|are|all|everything) dark\b(?! (brown|red|yellow));
        burn\w* smell|smell\w* (\w+ ){0,2}burn""",
    ),
    (
        "power",
        2,
        r"""power\b; ele[ck]tri; strom; fuses?\b; breaker|rcd\b; sicherung; sockets?\b;
        (overhead|power) line; poles?\b; substation; transformer; (meter|fuse) ?box;
        street ?l(ight|amp); courant; corriente; luz\b""",
    ),
    ("power", 1, r"cables?\b"),
    ("water", 3, r"burst; flood(s|ed|ing)?\b; chlor; hydrant; stopcock; water main; rohrbruch"),
    (
        "water",
        2,
        r"""(?<!hot )(?<!warm )water; (?<!warmes )wasser; eau\b(?! chaude);
        agua\b(?! caliente); leak; leck(t|s|age)?\b; fuite; fuga; puddle; pressure; taste;
        taps?\b; drip""",
    ),
    ("water", 1, r"brown(ish)?\b; rust; cloudy; pipe"),
    (
        "heating",
        5,
        r"""(hot|warm) water; district heat; heat exchanger; transfer station;
        fernwae?rme; warm(es )?wasser; eau chaude; agua caliente; no heat(ing)?\b""",
    ),
    ("heating", 3, r"radiator; heat(ing|er|ers)?\b; heizung; heizko; chauff; calefac; thermostat"),
    ("heating", 1, r"cold\b(?! water); freezing; kalt; lukewarm; boiler"),
    (
        "internet",
        3,
        r"""router; modem; wi ?fi\b; wlan; fib(re|er)\b; broadband; v?dsl\b; internet;
        glasfaser; landline; dial tone; stream(s|ing)?\b; mbit|mbps; connexion; conexion""",
    ),
    ("internet", 2, r"ping\b; speed; slow\b; download; upload"),
    ("internet", 1, r"technician; connection; tv\b; offline"),
    (
        "billing",
        3,
        r"""bill(s|ed)?\b; invoice; charge(s|d)?\b; direct debit; instal+ment; refund;
        tarif; meter card; (?<!for )readings?\b; mov(e|ed|ing) (in|out|house)\b; cancel;
        (change of|change my|new) (sur|last )?name\b; (new|previous|next) tenant; abschlag;
        (strom|wasser)?rechnung; zae?hlerstand; umzug; kue?ndig; factur; demenag""",
    ),
    ("billing", 1, r"contract; price; eur(os?)?\b; reminder; pa(y|id|yments?)\b"),
    (
        "it",
        4,
        r"""vpn\b; outlook; excel\b; sap\b; toner; headset; (shared|network) drive;
        ticket system; (work|desk|office|company) phone|phone on my; drucker; mailbox""",
    ),
    (
        "it",
        2,
        r"""laptop; pc\b; computer; screen; monitor; keyboard; passwor[dt]; software;
        locked (\w+ ){0,2}account|account (\w+ ){0,3}locked; log ?(in|on)\b; teams\b; printer;
        rechner""",
    ),
    ("it", 1, r"install(ed|ing)?\b"),
    (
        "building",
        2,
        r"""lifts?\b; elevator; aufzug; (?<!next )doors?\b; tue?r(en)?\b; badge;
        keys?\b; alarm; toilet; car park|park(ed|ing|platz); garage; barrier; gates?\b; vans?\b;
        (company|pool) (car|vehicle); air ?con""",
    ),
    ("building", 1, _PLACES),
    ("building", 1, r"reception; kitchen; building"),
    (
        "abstain",
        20,
        r"""roses are red; poem; gedicht; haiku; knock knock; a joke for; casino;
        (am|be|currently) (\w+ )?out of (the )?office; auto(matic)? ?reply; abwesenheit;
        automatische antwort; unsubscribe; newsletter; seo\b; bitcoin; lottery; you have won;
        exclusive offer; job application; bewerbung; apprenticeship; internship;
        my (cv|resume)\b; vacancy; wrong (company|recipient|person|addressee)""",
    ),
)

_NOUN = (
    r"(power|electric|water|hot water|heat|internet|wi ?fi|broadband|landline|dial tone|strom"
    r"|wasser|warmwasser|heizung|wlan|courant|eau|chauffage|luz|agua|corriente|calefaccion)"
)
_DANGER = r"""spark(s|ing|ed)?\b; smok(e|ing)\b(?! (detector|alarm|break|free|area));
    (on|a|caught|catching) fire\b(?! (alarm|door|drill|ext)); flames; es brennt; feuer\b; funken;
    raucht?\b; burn\w* smell; smell\w* (\w+ ){0,2}burn; scorch; melt(s|ed|ing)?\b;
    electric shock; shocks? (from|off)\b; shock when \w+ touch; gas (like )?smell;
    smell\w* (\w+ )?(of |like )?gas\b; gasgeruch; (bare|exposed|live) (wire|cable);
    (line|cable|wire|pole)s? (\w+ ){0,5}(on the (ground|road|grass)|hang\w*|lying|snapped|fallen)\b;
    burst; rohrbruch; flood(s|ed|ing)?\b; ueberflut; uberflut; uberschwemm; inond; inunda;
    under water; (gush|spray|pour|shoot)ing (out|from|down|into|through);
    (drip|leak)\w* (\w+ ){0,6}(socket|fuse|meter box|lamp|light|electric|switch|server);
    water (\w+ ){0,6}(in|into|onto|over|near|through) (\w+ ){0,2}(socket|fuse|meter box|lamp);
    stuck in (\w+ ){0,2}(lift|elevator|aufzug); trapped;
    (lift|elevator) (\w+ ){0,4}stuck (\w+ ){0,5}(people|inside|persons?|someone|us|me)\b;
    im (aufzug|lift) (\w+ ){0,3}(fest|steck); steck\w* (\w+ ){0,2}im (aufzug|lift);
    hurt; injur; bleeding; unconscious; fainted; rash\b; headache; dizzy; vomit; verletzt;
    scald; could (just )?walk in"""
_LOST = (
    r"""(no|without|(get|getting|have|had|got) any|kein\w*|ohne|sans|(pas|plus) de?|sin"""
    r"""|no (hay|tengo|tenemos)) (more |hot |warm |warmes |running |cold |drinking )?"""
    + _NOUN
    + r"""\w*\b(?! (meter|bill|pump|contract|reading|damage|used|consumption|pressure|tarif)); """
    + _NOUN
    + r"""\w*( connection| supply)? ((s|is|are|has|have|been|went|just|completely|again"""
    r"""|still|all|totally|ist|seit) )*(gone|off|out|down|dead|cut off|stopped|not working|weg"""
    r"""|does ?nt work|does not|isnt working|ausgefallen|geht nicht|funktioniert nicht"""
    r"""|ne marche|ne fonctionne|no funciona)\b(?! (to|colou?r|peak));
    (?<!the )(?<!planned )(?<!last )(power (cut|outage|failure)|blackout|stromausfall|apagon)\b;
    panne d; (is|been|are|all|everything) dark\b(?! (brown|red|yellow)); only cold water;
    (radiators|heating|heizung\w*) (\w+ ){0,3}(cold|kalt)\b; (stone|ice) cold; eiskalt"""
)
_WIDE = (
    r"""(whole|entire|ganz\w*|toute?|tod[ao]) ((the|la|le|el) )?(street|road|village|block"""
    r"""|building|quart|district|neighbou?rhood|area|town|estate|strasse|dorf|rue|immeuble|calle"""
    r"""|barrio|edificio|pueblo); all (of )?(the |our )?(flats|houses|tenants|neighbou?rs|shops);
    \d+ (flats|apartments|households|families); nobody in; nursing home; care home; oxygen;
    neighbou?rs? (\w+ ){0,3}(too|also|as well|same|neither|either)\b; nachbarn? auch;
    ventilator; dialys; respirator; breathing; medical (device|equipment); sauerstoff; beatmung"""
)
_STUCK = (
    r"""(cannot|can not|cant|unable to|couldnt|could not|nobody can) (\w+ )?(log|login"""
    r"""|sign|work|get in|enter|start)\b(?! out); kann (\w+ ){0,3}nicht (einlog|anmeld|arbeit|rein);
    (doesnt|does not|wont|will not|not) (start|boot|turn on|switch on|power on)\b; locked out;
    startet nicht; springt nicht an; ne demarre; no arranca; account (\w+ ){0,3}(locked|blocked);
    locked (\w+ ){0,2}account; konto (\w+ ){0,3}gesperrt; blue ?screen;
    (screen|laptop|pc|computer) (\w+ ){0,3}(black|dead)\b; by \d[\d ]*(am |pm )?today; deadline"""
)
_DONE = r"""never ?mind; no longer (needed|necessary); all good; all sorted;
    (?<!be )(?<!not )(?<!nt )work(s|ing)? again; (fine|ok|good) again;
    (power|electricity|water|heating|internet|wifi|it|everything) (s|is|came|has come) back\b;
    (s|is|been|now|already) (sorted|solved|resolved|fixed)\b; (i|we) (have |ve )?(fixed|solved);
    (ignore|disregard|forget) (my|this|that|it)\b; (?<!nicht )erledigt; wieder da\b;
    (geht|funktioniert|lae?uft) (\w+ ){0,2}wieder\b(?! nicht); remarche; est (resolu|regle);
    ya funciona; solucionado; resuelto; (great|excellent|good) (job|work|service)\b; well done;
    thank\w* (\w+ ){0,3}for (the|your) (\w+ )?(quick|fast|great|good|friendly|kind|excellent);
    just want\w* to say; big thank; compliment; kompliment; tolle arbeit"""
_MORE = r"""but\b; however; (can|could|would) you; how do; question; another; still; need\b;
    again; now (the|it|there|we|my)\b; aber\b; jetzt; mais\b; pero\b; \?"""


def _split(words: str) -> list[str]:
    """Split a list of patterns."""
    return [word.strip() for word in words.split(";")]


def _any(words: str, before: str = "") -> re.Pattern[str]:
    """Compile one pattern that finds any of the words."""
    return re.compile(before + r"\b(?:" + "|".join(_split(words)) + ")")


def _plain(text: str) -> str:
    """Reduce a text to small letters without accents, digits and question marks."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    joined = re.sub(r"n['’`]t\b", "nt", bare).replace("€", " euro ")
    return re.sub(r"[^a-z0-9?]+", " ", joined)


def _category(plain: str, *, grave: bool) -> ResultCategory:
    """Choose the team; grave says that there is danger or a lost supply."""
    score: dict[ResultCategory, int] = dict.fromkeys(_ORDER, 0)
    for team, weight, words in _TABLE:
        score[team] += weight * sum(1 for word in _split(words) if _any(word).search(plain))
    if grave and any(score[team] for team in _SUPPLY):
        score["billing"] = 0
    elif score["billing"] >= _MONEY:
        score.update(dict.fromkeys(_SUPPLY, 0))
    if _any(_PLACES).search(plain):
        score["building"] += score["power"] + score["water"] + score["heating"]
        score["it"] += score["internet"]
        score.update(dict.fromkeys(_SUPPLY, 0))
    return max(_ORDER, key=lambda team: score[team])


def triage(text: str) -> Result:
    """Compute the outputs of this node from its inputs, as it is specified.

    Takes:
        text: text
    Gives:
        result: record<category: enum<abstain|billing|building|heating|internet|it|power|water>,
            urgency: enum<emergency|normal|today>>
    """
    plain = _plain(text)
    ends = [match.end() for match in _any(_DONE).finditer(plain)]
    if ends:
        plain = plain[ends[-1] :]
        if not (_any(_MORE).search(plain) or _any(_LOST).search(plain)):
            return {"category": "abstain", "urgency": "normal"}
    danger = _any(_DANGER, r"(?<!no )").search(plain) is not None
    lost = _any(_LOST).search(plain) is not None
    category = _category(plain, grave=danger or lost)
    urgency: ResultUrgency = "normal"
    if category not in ("abstain", "billing"):
        if danger or (lost and _any(_WIDE).search(plain)):
            urgency = "emergency"
        elif lost or _any(_STUCK).search(plain):
            urgency = "today"
    return {"category": category, "urgency": urgency}
