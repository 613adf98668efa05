"""Which of the desk's languages a short text is written in, or None where that is not clear.

A scorer over frequent words and telling letters: support mails are short, and a wrong answer costs
more than none. Libraries of this kind take a short Spanish greeting for a dozen other languages.
"""

import re
from collections.abc import Sequence
from typing import Final

_FEWEST_LETTERS: Final = 20
_WORDS_LOOKED_AT: Final = 400
_LEAST_SCORE: Final = 1.5
_LEAST_SHARE: Final = 0.12
"""Of the words: below it the text is in a language that is not listed."""

_LEAD: Final = 1.4
"""How many times the runner-up's score the winner needs."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NOT_PROSE: Final = re.compile(r"\S*(?:://|@|www\.)\S*|\S*\d\S*")

_WORDS: Final = {
    "es": """
        el la los las un una unos unas de del al y o u que qué en es por para con sin sobre pero
        como cómo cuando cuándo donde dónde no sí si se me mi mis tu su sus lo le les nos muy más
        ya hay está están estoy estaba fue ha han he hemos tengo tiene tenemos puedo puede pueden
        quiero quería necesito necesitamos hola buenos buenas días tardes noches gracias saludos
        cordial ayuda ayudar favor pedido factura contraseña cuenta correo problema funciona
        funcionan sigue desde hasta porque también esto este esta ese esa eso todo todos nada algo
        hoy ayer mañana semana mes año usted ustedes nuestro nuestra cuenta llegado recibido
        enviado enviar aparece sale hacer hace hecho dice cliente equipo pantalla impresora conecta
        abrir entrar acceder cambiar devolver dinero pago tarjeta dirección teléfono quisiera
        podrían podría pueda ningún ninguna antes después ahora todavía aún vez nuevo nueva ser
        conexión error espero respuesta urgente pide paquete envío cobrado dos veces
        """,
    "en": """
        the a an of to and or in on is are was were be been it its this that these those for with
        without from by at as but not no yes if when where how what which who why i you he she we
        they my your our their me us him them have has had do does did can could would will should
        hello hi dear thanks thank please help regards best order invoice password account email
        mail problem issue working work works again still since until because also all any some
        nothing something today yesterday tomorrow week month year cannot can't don't doesn't
        didn't won't i'm i've it's isn't get got need want tried trying received sent send shows
        says screen printer connect connected open login log access change refund money payment
        card address phone new old just there here after before now then than so very morning
        afternoon evening once more being am into out up down about team customer charged twice
        box arrived delivery package shipping
        """,
    "pt": """
        o os as um uma uns umas de do da dos das ao à e ou que em no na nos nas é por para com sem
        mas como quando onde não sim se me meu minha seu sua lhe muito mais já há está estão estou
        foi tenho tem temos posso pode podem quero preciso olá bom boa dia tarde noite obrigado
        obrigada ajuda favor pedido fatura senha conta correio problema funciona desde até porque
        também isto este esta esse essa isso tudo nada hoje ontem amanhã semana mês ano você vocês
        nosso nossa cumprimentos atenciosamente consigo recebi
        """,
    "fr": """
        le la les un une des de du au aux et ou que qui en est sont par pour avec sans mais comme
        quand où ne pas oui si se me mon ma mes votre vos je tu il elle nous vous ils très plus
        déjà a ont ai avons peux peut bonjour bonsoir merci aide commande facture mot passe compte
        problème fonctionne depuis jusque parce aussi ce cette ces cela tout rien aujourd'hui hier
        demain semaine mois année cordialement notre j'ai n'est c'est l'imprimante s'il plaît dans
        sur
        """,
    "de": """
        der die das den dem ein eine einen einem einer und oder dass in im ist sind war für mit
        ohne von zu zum zur auf aber wie wenn wo nicht ja nein ich du er sie wir ihr es mein meine
        ihre unser sehr mehr schon habe hat haben kann können könnten hallo guten tag danke vielen
        dank bitte hilfe bestellung rechnung passwort konto problem funktioniert seit bis weil auch
        dies diese alles nichts heute gestern morgen woche monat jahr grüße freundlichen
        """,
    "it": """
        il lo la i gli le un uno una di del della dei delle e o che in nel è sono per con senza ma
        come quando dove non sì se mi mio mia suo sua io lei noi voi molto più già ha hanno ho
        abbiamo posso può ciao buongiorno buonasera grazie aiuto ordine fattura password conto
        problema funziona da dal dalla fino perché anche questo questa tutto niente oggi ieri
        domani settimana mese anno cordiali saluti vostro nostro
        """,
    "ca": """
        el la els les un una uns unes de del dels al als i o que què en és són per amb sense però
        com quan on no sí si es em meu meva seu seva molt més ja hi ha està estan estic he hem tinc
        té puc pot vull necessito hola bon bona dia tarda nit gràcies ajuda comanda factura
        contrasenya compte correu problema funciona des fins perquè també això aquest aquesta tot
        res avui ahir demà setmana mes any nostre salutacions rebut
        """,
}
_LETTERS: Final = {
    "es": "ñ¿¡",
    "en": "",
    "pt": "ãõ",
    "fr": "êèœû",
    "de": "ßäöü",
    "it": "ìù",
    "ca": "·ŀ",
}
_ENDINGS: Final = {
    "es": ("ción", "ciones", "mente", "ando", "iendo", "ado", "ada", "amos"),
    "en": ("ing", "tion", "ed", "ly", "n't"),
    "pt": ("ção", "ções", "mente", "ando", "ado"),
    "fr": ("ment", "eux", "aient", "é"),
    "de": ("ung", "ungen", "lich", "keit", "en"),
    "it": ("zione", "zioni", "mente", "ato"),
    "ca": ("ció", "cions", "ment", "ant"),
}
_LETTER_SCORE: Final = 1.5
_ENDING_SCORE: Final = 0.5
_SHORTEST_STEM: Final = 3

_LISTS: Final = {name: frozenset(words.split()) for name, words in _WORDS.items()}


def detect(text: str, among: Sequence[str]) -> str | None:
    """Return the one of `among` (BCP 47 tags) that the text is written in, or None.

    Fewer than 20 letters, a language that is not listed, or no clear winner give None.
    """
    prose = _NOT_PROSE.sub(" ", text[: 20 * _WORDS_LOOKED_AT]).lower()
    words = _WORD.findall(prose)[:_WORDS_LOOKED_AT]
    if sum(len(one) for one in words) < _FEWEST_LETTERS:
        return None
    scores = sorted(
        ((_score(words, prose, tag.partition("-")[0].lower()), tag) for tag in among),
        key=lambda one: -one[0],
    )
    if not scores or scores[0][0] < max(_LEAST_SCORE, _LEAST_SHARE * len(words)):
        return None
    same = scores[0][1].partition("-")[0].lower()
    others = [score for score, tag in scores if tag.partition("-")[0].lower() != same]
    return scores[0][1] if not others or scores[0][0] >= _LEAD * others[0] else None


def _score(words: Sequence[str], prose: str, language: str) -> float:
    known = _LISTS.get(language)
    if known is None:
        return 0.0
    score = float(sum(1 for one in words if one.replace("’", "'") in known))
    endings = _ENDINGS[language]
    score += _ENDING_SCORE * sum(
        1
        for one in words
        if one not in known and one.endswith(endings) and len(one) > _SHORTEST_STEM + 2
    )
    return score + _LETTER_SCORE * sum(prose.count(one) for one in _LETTERS[language])
