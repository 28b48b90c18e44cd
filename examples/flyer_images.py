"""Draws small flyers as PNG files, with nothing but the standard library."""

import struct
import zlib
from dataclasses import dataclass

# Letters of 3 x 5 dots, row by row.
_FONT = {
    "A": "010101111101101", "B": "110101110101110", "C": "011100100100011", "D": "110101101101110",
    "E": "111100110100111", "F": "111100110100100", "G": "011100101101011", "H": "101101111101101",
    "I": "111010010010111", "K": "101101110101101", "L": "100100100100111", "M": "101111111101101",
    "N": "110101101101101", "O": "010101101101010", "P": "110101110100100", "R": "110101110101101",
    "S": "011100010001110", "T": "111010010010010", "U": "101101101101111", "V": "101101101101010", "W": "101101111111101",
    "X": "101101010101101", "Y": "101101010010010", "Z": "111001010100111", "Q": "010101101111011",
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001011001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001010010010",
    "8": "111101111101111", "9": "111101111001111", " ": "000000000000000",
}  # fmt: skip
_SCALE = 6
_MARGIN = 12


@dataclass(frozen=True)
class Flyer:
    store: str
    product: str
    # Won.
    price: int
    # Nobody can read the price.
    smudged: bool = False

    def lines(self) -> list[str]:
        return [self.store, self.product, f"{self.price} WON"]


def draw(flyer: Flyer) -> bytes:
    """A PNG of the flyer's lines, black on white.

    What it says also stands in a text chunk: a model sees the dots, and the stand-in of the local
    stack, which has no eyes, reads the chunk.
    """
    lines = flyer.lines()
    width = max(len(line) for line in lines) * 4 * _SCALE + 2 * _MARGIN
    height = len(lines) * 7 * _SCALE + 2 * _MARGIN
    dots = [bytearray(b"\xff" * width) for _ in range(height)]
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            _draw_letter(dots, letter, _MARGIN + column * 4 * _SCALE, _MARGIN + row * 7 * _SCALE)
    if flyer.smudged:
        for line in dots[_MARGIN + 14 * _SCALE :]:
            line[:] = b"\x40" * width
    price = "" if flyer.smudged else f"\nprice: {flyer.price}"
    said = f"store: {flyer.store}\nproduct: {flyer.product}{price}"
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            # 8 bits of grey a dot.
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"tEXt", b"Description\0" + said.encode("latin-1")),
            _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(line) for line in dots))),
            _chunk(b"IEND", b""),
        ]
    )


def _draw_letter(dots: list[bytearray], letter: str, left: int, top: int) -> None:
    for place, dot in enumerate(_FONT[letter]):
        if dot == "1":
            x, y = left + place % 3 * _SCALE, top + place // 3 * _SCALE
            for line in dots[y : y + _SCALE]:
                line[x : x + _SCALE] = b"\0" * _SCALE


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
