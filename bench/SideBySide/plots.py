"""Plots as SVG, written by hand: ratios, bars of shares, and flame graphs."""
import math
import zlib
from xml.sax.saxutils import escape

WIDTH = 1200
LINE = 18
TEXT = 'font-family="sans-serif" font-size="12"'


def _document(height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">\n'
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n' + '\n'.join(parts) + '\n</svg>\n')


def _text(x, y, text, anchor='start', more=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {TEXT} {more}>{escape(text)}</text>'


def _line(x1, y1, x2, y2, colour, width):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _save(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def write_ratios(path, title, ratios):
    """Each row's median ratio, its spread, and its aim, on a logarithmic axis."""
    left, right, top = 520, WIDTH - 60, 60
    values = [value for entry in ratios for value in (entry['ratio_min'], entry['ratio_max'], entry['aim'])]
    low, high = math.log(min(values) / 1.2), math.log(max(values) * 1.2)
    x = lambda value: left + (math.log(value) - low) / (high - low) * (right - left)
    bottom = top + len(ratios) * 2 * LINE
    parts = [_text(20, 30, title, more='font-weight="bold"')]
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        if low <= math.log(tick) <= high:
            parts.append(_line(x(tick), top - 8, x(tick), bottom, '#888' if tick == 1 else '#ddd', 1))
            parts.append(_text(x(tick), top - 12, f'{tick:g}', 'middle'))
    for number, entry in enumerate(ratios):
        y = top + number * 2 * LINE + LINE
        colour = '#2a7f3f' if entry['ratio_median'] >= entry['aim'] else '#c0562b'
        parts.append(_text(left - 16, y + 4, f"{entry['row']} {entry['work'][:60]} ({entry['io']})", 'end'))
        parts.append(_line(x(entry['ratio_min']), y, x(entry['ratio_max']), y, colour, 3))
        parts.append(f'<circle cx="{x(entry["ratio_median"]):.1f}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(_line(x(entry['aim']), y - 9, x(entry['aim']), y + 9, 'black', 2))
        parts.append(_text(x(entry['ratio_max']) + 10, y + 4, f"{entry['ratio_median']:.2f}"))
    parts.append(_text(left, bottom + LINE, 'dot: median of the pairs; line: lowest to highest; bar: the aim'))
    _save(path, _document(bottom + 2 * LINE, parts))


def write_bars(path, title, shares):
    """Shares in percent with their names, the largest first."""
    left, top = 640, 50
    scale = (WIDTH - left - 80) / max([share for share, _ in shares] or [1])
    parts = [_text(20, 30, title, more='font-weight="bold"')]
    for number, (share, name) in enumerate(shares):
        y = top + number * LINE
        parts.append(_text(left - 8, y + 13, name if len(name) <= 92 else name[:90] + '…', 'end'))
        parts.append(f'<rect x="{left}" y="{y + 2}" width="{share * scale:.1f}" height="{LINE - 4}" fill="#4a78b5"/>')
        parts.append(_text(left + share * scale + 6, y + 13, f'{share:.1f} %'))
    _save(path, _document(top + len(shares) * LINE + 20, parts))


def write_flames(path, title, stacks):
    """Stacks of (symbol, library) frames, outermost first, with their counts; wide boxes are where the time goes."""
    root = {'count': 0, 'children': {}}
    for stack, count in stacks.items():
        node = root
        node['count'] += count
        for frame in stack:
            node = node['children'].setdefault(frame, {'count': 0, 'children': {}})
            node['count'] += count
    total, parts = max(1, root['count']), []
    # Boxes narrower than half a pixel only make the file large.
    least = total / WIDTH / 2

    def depth_of(node):
        return 1 + max([depth_of(child) for child in node['children'].values() if child['count'] >= least] or [0])

    height = 50 + depth_of(root) * LINE

    def draw(node, x, level):
        for (symbol, library), child in sorted(node['children'].items()):
            width = child['count'] / total * WIDTH
            if child['count'] >= least:
                y = height - (level + 1) * LINE
                tip = f'{symbol} [{library}] {100 * child["count"] / total:.2f} %'
                shown = escape(symbol[:int(width / 7)]) if width > 30 else ''
                parts.append(f'<g><title>{escape(tip)}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE - 1}" '
                             f'fill="{_colour(library)}"/><text x="{x + 3:.1f}" y="{y + 13}" {TEXT}>{shown}</text></g>')
                draw(child, x, level + 1)
            x += width

    draw(root, 0, 0)
    _save(path, _document(height + 10, [_text(20, 30, title, more='font-weight="bold"')] + parts))


def _colour(library):
    """One pale hue for each library."""
    return f'hsl({zlib.crc32(library.encode()) % 360},70%,75%)'
