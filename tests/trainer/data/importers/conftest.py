"""Small folders in the layouts in which data sets are published. The pictures in them are empty:
reading labels opens none."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

# What scipy.io.savemat (1.16, compressed) writes for a struct `wiki` of eight faces, each of them
# another case; an independent writer, so that our reader does not agree with itself alone.
WIKI_MAT = """
O+i#lK|&xkE-)ZXK~ybfX>4U6P;6mzW^ZzBIv{Xwb7^=iAVYFxVRU6=Aa8CuAXIf_AWm;~ATl%{FgH3iG&(dgATlsA
HUIzs00000000000000000000000000000000000000000000000000000000000000Bu&4*&oFg8={lc%0*7U|@K_
#lXM@q&a|?i2(vwp?pR-W??AL%+6#5(n3(N2|%2ZpTvL)3NrFb^5aVqvs3e+B59>LIq?OFB^huv>8W`ssYS@T@)C1X
QO!w9Oiqo@$xlu!$;{6~h!iL17r|8)rzYp;rNkpi@Bu{w7!dy9!Qvkn4HH)YVl7T?hDSiGaE}X&Q{F&u+;1)hBXMr9
xeiF?auYC@1&9TJ_!j#u_6u-0g9BvF3MPa(j0DU<_YVse^^!>H1)zKbL;bv51H*VjOA7;CV_l<oBLhPNy{v+Cs+em8
G1roc<{E*_H3ph%YM^VVYX~&gfO_Vd;5FBQfVsSA=JLYLHI1);nnjE`+-T--L(ECf&r5~7h#dFu!QEpXe|ROtC<@#I
G{*wPJq1YSuwgL=IlXd1?S+63_6#Th#)r{A>T#(X%_pPz1ZK`q$tR=fbu_&WrSwWpxqkKx2yi$+g`xC^|4`dte0y9p
W%UWHzCfp09PrEks0RQIC*XA
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """make({path: text, …}, *pictures) -> the folder: tables and empty pictures in it."""
    folder = tmp_path / "faces"

    def made(tables: dict[str, str | bytes] | None = None, *pictures: str) -> Path:
        folder.mkdir(exist_ok=True)
        for name in pictures:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        for name, text in (tables or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return folder

    return made


@pytest.fixture
def wiki_mat() -> bytes:
    return base64.b85decode("".join(WIKI_MAT.split()))
