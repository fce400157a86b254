"""The QR code on the cover, read as a camera reads it (ISO/IEC 18004, without its corrections)."""

import re
import shutil
import subprocess

import pytest
from django.urls import resolve

from assessments.dossier import html, render
from tests.assessments.dossier import samples

ZBAR = shutil.which("zbarimg")
URL = "https://portal.example.org"
# Data codewords of each block, by version, at level M; versions from 7 on look otherwise.
BLOCKS = {1: [16], 2: [28], 3: [44], 4: [32, 32], 5: [43, 43], 6: [27] * 4}
MASKS = [
    lambda r, c: (r + c) % 2,
    lambda r, _c: r % 2,
    lambda _r, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
]


def matrix_of(path, size):
    matrix = [[0] * size for _ in range(size)]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        matrix[int(y)][int(x)] = 1
    return matrix


def decoded(matrix):
    size = len(matrix)
    version = (size - 17) // 4

    def is_fixed(row, column):
        in_corner = (row < 9 and (column < 9 or column >= size - 8)) or (
            row >= size - 8 and column < 9
        )
        centre = size - 7
        in_alignment = version > 1 and abs(row - centre) < 3 and abs(column - centre) < 3
        return in_corner or in_alignment or 6 in (row, column)

    bits = [matrix[8][column] for column in (0, 1, 2, 3, 4)]
    level_and_mask = int("".join(map(str, bits)), 2) ^ 0b10101
    assert level_and_mask >> 3 == 0, "level M"
    is_flipped = MASKS[level_and_mask & 7]
    stream, upwards = [], True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        rows = range(size - 1, -1, -1) if upwards else range(size)
        for row in rows:
            stream += [
                matrix[row][column] ^ (is_flipped(row, column) == 0)
                for column in (right, right - 1)
                if not is_fixed(row, column)
            ]
        upwards = not upwards
    words = [int("".join(map(str, stream[at : at + 8])), 2) for at in range(0, len(stream), 8)]
    blocks = BLOCKS[version]
    ordered = bytes(
        words[index * len(blocks) + block]
        for block, length in enumerate(blocks)
        for index in range(length)
    )
    text = bin(int.from_bytes(b"\x01" + ordered))[3:]
    assert text[:4] == "0100", "bytes"
    length = int(text[4:12], 2)
    return int(text[12 : 12 + 8 * length], 2).to_bytes(length).decode()


def test_the_code_leads_to_the_page_and_brings_the_number():
    page = html.render(samples.snapshot(public_url=f"{URL}/"))
    size = int(re.search(r'class="code"[^>]*viewBox="0 0 (\d+)', page)[1])
    path = re.search(r'<path d="([^"]+)" fill="#16232e"', page)[1]
    address = decoded(matrix_of(path, size))

    assert address == f"{URL}/verify/?number=D-2026-0001"
    assert f'href="{address}"' in page
    assert f">{URL}/verify/</a>" in page, "what is printed can be typed"
    assert resolve(address.removeprefix(URL).partition("?")[0]).url_name == "verify"


@pytest.mark.skipif(not ZBAR, reason="zbar-tools is not installed")
def test_a_camera_reads_the_printed_code(tmp_path):
    file = tmp_path / "dossier.pdf"
    file.write_bytes(render.render(samples.snapshot(public_url=URL)).content)
    command = ["pdftoppm", "-r", "150", "-png", "-singlefile", "-l", "1", file, tmp_path / "cover"]
    subprocess.run(command, check=True)
    read = subprocess.run(
        [ZBAR, "--raw", "-q", tmp_path / "cover.png"], capture_output=True, check=True
    ).stdout
    assert read.decode().strip() == f"{URL}/verify/?number=D-2026-0001"
