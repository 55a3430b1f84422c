"""Names for children who do not exist: pools by heritage, and the usual nicknames.

Accents, apostrophes, hyphens and spaces occur as in any county. Common names come first in a pool and are drawn more
often. No list of real people was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Gender = Literal["F", "M"]


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("/") for pair in text.split())


def _pool(text: str) -> NDArray[np.str_]:
    return np.array([name.strip() for name in text.split(",")])


@dataclass(frozen=True, slots=True)
class Heritage:
    share: float
    surnames: NDArray[np.str_]
    girls: NDArray[np.str_]
    boys: NDArray[np.str_]

    def forenames(self, gender: str) -> NDArray[np.str_]:
        return self.girls if gender == "F" else self.boys


_BRITISH: Final = Heritage(
    0.84,
    _pool("""
        Smith, Jones, Taylor, Brown, Wilson, Wright, Johnson, Walker, Robinson, Hall, Green, Wood, Clarke, Thompson,
        Allsop, White, Harrison, Jackson, Turner, Cooper, Hill, Ward, Marshall, Morris, Bradley, Bennett, Shaw,
        Slater, Hallam, Fletcher, Gregory, Barber, Heathcote, Wheeldon, Frost, Bagshaw, Beresford, Bowler, Bramley,
        Brocklehurst, Buxton, Calladine, Cartledge, Chadwick, Chappell, Clay, Cotterill, Cresswell, Critchlow,
        Dakin, Dawes, Eyre, Fearn, Fox, Froggatt, Furniss, Gilman, Gladwin, Goodwin, Gould, Gratton, Hadfield,
        Hardwick, Hibbert, Hodgkinson, Holmes, Housley, Hulme, Ibbotson, Kinder, Kirkland, Limb, Littlewood, Lomas,
        Longden, Ludlam, Marchington, Marples, Marsden, Mellor, Millward, Naylor, Needham, Newton, Oldfield,
        Oldknow, Orme, Outram, Palfreyman, Pickering, Platts, Redfern, Renshaw, Rhodes, Rowbotham, Rowland, Saxton,
        Sellors, Sheldon, Sidebottom, Skidmore, Spendlove, Staley, Stone, Swindell, Tagg, Thorpe, Tideswell,
        Tomlinson, Twigg, Unwin, Vickers, Wagstaff, Wain, Walton, Waterhouse, Wildgoose, Wragg, Yates, Yeomans,
        Evans, Davies, Lloyd, Price, Campbell, MacDonald, McIntyre, Stewart, D'Arcy, St John, Pritchard, Bevan,
        Llewellyn, Stevenson, Carter, Adams, Baker, Barker, Bell, Black, Booth, Butler, Collins, Cook, Cox, Davis,
        Dixon, Ellis, Foster, Gibson, Graham, Gray, Griffiths, Harris, Harvey, Hughes, Hunt, James, Kelly, King,
        Knight, Lee, Lewis, Martin, Mason, Matthews, Miller, Mills, Mitchell, Moore, Morgan, Palmer, Parker,
        Phillips, Powell, Reynolds, Richards, Roberts, Rogers, Russell, Scott, Simpson, Stevens, Thomas, Watson,
        Webb, Williams
    """),
    _pool("""
        Olivia, Amelia, Isla, Lily, Ava, Freya, Ivy, Florence, Willow, Isabella, Sophie, Evie, Poppy, Grace, Daisy,
        Elsie, Emily, Ella, Mia, Harper, Phoebe, Rosie, Charlotte, Sienna, Matilda, Evelyn, Millie, Maisie, Ruby,
        Alice, Sophia, Isabelle, Esme, Erin, Eliza, Ada, Violet, Imogen, Bonnie, Penelope, Robyn, Lottie, Nancy,
        Jessica, Lucy, Holly, Chloé, Zoë, Megan, Siân, Bethany, Katherine, Elizabeth, Abigail, Eleanor, Georgia,
        Lola, Scarlett, Darcey, Maya, Hannah, Molly, Martha, Summer, Orla, Thea, Heidi, Gracie-Mae, Lilly-Rose,
        Ellie-May, Amber, Skye, Tilly, Lexi, Nevaeh, Rebecca, Alexandra, Victoria, Danielle, Samantha, Josephine,
        Mary Kate, Beatrice, Edith, Mabel, Iris
    """),
    _pool("""
        Noah, George, Oliver, Arthur, Leo, Harry, Oscar, Jack, Henry, Charlie, Freddie, Theodore, Alfie, Archie,
        Thomas, Jacob, William, James, Joshua, Finley, Logan, Lucas, Isaac, Ethan, Edward, Max, Alexander, Samuel,
        Joseph, Reuben, Albert, Louie, Jude, Tommy, Hugo, Rory, Elijah, Sebastian, Daniel, Benjamin, Toby, Harrison,
        Ronnie, Jaxon, Mason, Riley, Carter, Ralph, Stanley, Teddy, Frederick, Reggie, Hunter, Dylan, Harvey, Luke,
        Michael, Matthew, Nathan, Jake, Callum, Connor, Kieran, Rhys, Bradley, Kai, Tyler, Ryan, Cameron,
        Christopher, Robert, Anthony, Nicholas, Zachary, Jenson, Blake, Ellis, Bobby, Frankie, Alfie-Jay, Tommy-Lee,
        John Paul, Gabriel, Felix, Barnaby, Seth
    """),
)
_SOUTH_ASIAN: Final = Heritage(
    0.06,
    _pool("""
        Khan, Hussain, Ahmed, Patel, Singh, Ali, Kaur, Begum, Mahmood, Akhtar, Iqbal, Malik, Shah, Sharma, Rahman,
        Chaudhry, Mirza, Sandhu, Gill, Dhillon, Bains, Mistry, Parmar, Chauhan, Islam, Uddin, Miah, Raja, Qureshi,
        Aslam, Bhatti, Nair, Reddy, Fernando, Perera, ul-Haq
    """),
    _pool("""
        Aisha, Fatima, Zara, Maryam, Aaliyah, Inaya, Hafsa, Amina, Khadija, Safa, Anaya, Priya, Simran, Jasmine,
        Aleena, Alina, Noor, Sana, Zainab, Hania, Ayesha, Diya, Meera, Kavya, Harleen, Gurleen, Ishani, Riya,
        Samira, Iqra
    """),
    _pool("""
        Muhammad, Mohammed, Ibrahim, Yusuf, Adam, Ali, Hamza, Zain, Musa, Ayaan, Ismail, Omar, Bilal, Hassan, Idris,
        Haris, Arjun, Aarav, Rohan, Dev, Harjit, Gurpreet, Jasdeep, Kabir, Vihaan, Umar, Rayyan, Zakariya, Imran,
        Sajid
    """),
)
_POLISH: Final = Heritage(
    0.04,
    _pool("""
        Nowak, Kowalski, Kowalska, Wiśniewski, Wójcik, Kamińska, Lewandowski, Zieliński, Szymańska, Woźniak,
        Dąbrowski, Kozłowska, Jankowski, Mazur, Krawczyk, Piotrowska, Grabowski, Pawłowska, Michalski, Król,
        Popescu, Ionescu, Horváth, Novák, Petrauskas, Kovačević
    """),
    _pool("""
        Zuzanna, Julia, Zofia, Maja, Hanna, Lena, Alicja, Oliwia, Amelia, Małgorzata, Wiktoria, Łucja, Natalia,
        Aleksandra, Nikola, Gabriela, Karolina, Milena, Kinga, Ioana, Elżbieta, Emília, Austėja
    """),
    _pool("""
        Jakub, Antoni, Jan, Szymon, Aleksander, Franciszek, Filip, Wojciech, Mikołaj, Adam, Kacper, Michał, Łukasz,
        Paweł, Oskar, Igor, Dawid, Bartosz, Stanisław, Andrei, Matyáš, Tomáš, Žygimantas
    """),
)
_IRISH: Final = Heritage(
    0.035,
    _pool("""
        Murphy, O'Brien, Kelly, O'Sullivan, Walsh, Byrne, Ryan, O'Connor, O'Neill, O'Reilly, Doyle, McCarthy,
        Gallagher, O'Doherty, Kennedy, Lynch, Quinn, McLoughlin, O'Carroll, Connolly, Ó Briain, Ní Mhurchú,
        Fitzgerald, Maughan, Ward
    """),
    _pool("""
        Saoirse, Niamh, Aoife, Róisín, Caoimhe, Ciara, Éabha, Orlaith, Sinéad, Clodagh, Siobhán, Bridget, Kathleen,
        Maeve, Fiadh, Gráinne, Nora
    """),
    _pool("""
        Patrick, Liam, Conor, Oisín, Cillian, Seán, Tadhg, Fionn, Darragh, Eoin, Ruairí, Séamus, Declan, Brendan,
        Pádraig, Rían, Donnacha
    """),
)
_WIDER: Final = Heritage(
    0.025,
    _pool("""
        Okafor, Adeyemi, Mensah, N'Diaye, Nguyen, Tran, Chen, Li, Wang, Santos, da Silva, de la Cruz, García,
        Fernández, Müller, Demir, Yüksel, Al-Hassan, Haddad, Tesfaye, Moyo, Ncube, Osei, van der Berg, Dubois,
        Beauchêne, Ünal
    """),
    _pool("""
        Chiamaka, Ama, Adaeze, Mei, Xin Yi, Linh, Camila, Lucía, Inés, Anaïs, Zoé, Leïla, Selin, Elif, Rahel,
        Thandiwe, Noémie, Ebony, Ngozi, Marta
    """),
    _pool("""
        Chidi, Kwame, Kofi, Emeka, Wei, Jun Hao, Minh, Mateo, João, José, Jürgen, Björn, Emre, Yusuf, Samuel,
        Tendai, Noël, André, Tariq, Dawit
    """),
)
HERITAGES: Final = (_BRITISH, _SOUTH_ASIAN, _POLISH, _IRISH, _WIDER)

NICKNAMES: Final = _pairs("""
    Thomas/Tom Samuel/Sam Joshua/Josh Benjamin/Ben Alexander/Alex Theodore/Theo Charlie/Chaz William/Will
    James/Jamie Jacob/Jake Joseph/Joe Daniel/Dan Edward/Ted Matthew/Matt Michael/Mike Christopher/Chris Robert/Rob
    Anthony/Tony Nicholas/Nick Zachary/Zac Frederick/Fred Gabriel/Gabe Nathan/Nate Patrick/Paddy Muhammad/Mo
    Mohammed/Mo Jakub/Kuba Aleksander/Olek Isabella/Bella Amelia/Millie Florence/Flo Sophie/Soph Emily/Em
    Charlotte/Lottie Matilda/Tilly Evelyn/Evie Isabelle/Izzy Eliza/Lizzie Penelope/Penny Jessica/Jess Katherine/Kate
    Elizabeth/Beth Abigail/Abi Eleanor/Ellie Rebecca/Becky Alexandra/Lexi Victoria/Vicky Danielle/Dani Samantha/Sam
    Josephine/Josie Beatrice/Bea Olivia/Liv Imogen/Immy Megan/Meg Bethany/Beth Zuzanna/Zuza Aleksandra/Ola
    Małgorzata/Gosia Bridget/Biddy Kathleen/Kath Wiktoria/Wika Fatima/Fati
""")


def draw(rng: np.random.Generator, pool: NDArray[np.str_], *, count: int) -> NDArray[np.str_]:
    weight = 1 / (np.arange(len(pool)) + 8.0)
    return rng.choice(pool, count, p=weight / weight.sum())


def surnames(rng: np.random.Generator, heritage: NDArray[np.int64]) -> NDArray[np.str_]:
    """One for each child; three in a hundred are double-barrelled."""
    names = np.empty(len(heritage), dtype="U32")
    for number, pools in enumerate(HERITAGES):
        mine = heritage == number
        names[mine] = draw(rng, pools.surnames, count=int(mine.sum()))
    double = np.flatnonzero((rng.random(len(names)) < 0.03) & (np.char.find(names, " ") < 0))
    second = draw(rng, _BRITISH.surnames, count=len(double))
    names[double] = np.char.add(np.char.add(names[double], "-"), second)
    return names


def forenames(rng: np.random.Generator, heritage: NDArray[np.int64], *, genders: NDArray[np.str_]) -> NDArray[np.str_]:
    """One for each child, of its heritage; one in seven parents chooses from the commonest pool instead."""
    names = np.empty(len(heritage), dtype="U16")
    taste = np.where(rng.random(len(heritage)) < 1 / 7, 0, heritage)
    for number, pools in enumerate(HERITAGES):
        for gender in ("F", "M"):
            mine = (taste == number) & (genders == gender)
            names[mine] = draw(rng, pools.forenames(gender), count=int(mine.sum()))
    return names


def other_forename(name: str, gender: str) -> str:
    """The next name of the pool that holds this one: what a twin is called when chance gave both the same."""
    pool = next(p for h in HERITAGES if name in (p := h.forenames(gender)))
    return str(pool[(int(np.flatnonzero(pool == name)[0]) + 1) % len(pool)])
