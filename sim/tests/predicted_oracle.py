"""A second reader of predictors and predicted frames, written from codec/FORMAT.md alone."""

import struct
from dataclasses import dataclass

MASK = (1 << 64) - 1
SOURCES = ("", "", "v", "KV", "KVk")  # of each fit: the layer before in capitals


def mix(word, position):
    x = (word + (position + 1) * 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ x >> 32) * 0xD6E8FEB86659FD93) & MASK
    return x ^ x >> 32


def checksum(data):
    data = data + bytes(-len(data) % 8)
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    return sum(mix(word, i) for i, word in enumerate(words)) & MASK


def digest(data):
    data = data + bytes(-len(data) % 4)
    total = 0
    for i, word in enumerate(struct.unpack(f"<{len(data) // 4}I", data)):
        strip, place = divmod(i, 512)
        row, column = divmod(place // 4, 32)
        word_key = mix(0, 4 * row + i % 4) & 0xFFFFFFFF | 0x80000001
        total += word * word_key * (mix(0, 32 * strip + column) | 1)
    return total & MASK


def single(x):
    """A number rounded to float; infinity where it is too large."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")


def widened(element):
    return struct.unpack("<f", struct.pack("<I", element << 16))[0]


def clamped(p):
    return max(-65535, min(65535, p))


@dataclass
class Fit:
    shares: tuple
    layers: list  # of each layer weights by channel, multipliers, biases, log_scales


class Parts:
    """Takes parts of a file, each padded to 8 bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count, form):
        values = struct.unpack_from(f"<{count}{form}", self.data, self.at)
        self.at += -(-struct.calcsize(f"<{count}{form}") // 8) * 8
        return values


class Predictor:
    def __init__(self, data):
        magic, version, mode, self.rope, _, size, self.id, provenance = struct.unpack_from(
            "<8sIBBHQQQ", data
        )
        assert (magic, version, size) == (b"SPREDICT", 1, len(data))
        assert self.id == checksum(data[:24] + bytes(8) + data[32:])
        layers, self.heads, self.head_dim, self.pairs = struct.unpack_from("<4I", data, 40)
        self.row = self.heads * self.head_dim
        parts = Parts(data[64:])
        parts.take(provenance, "B")
        self.rotations = parts.take(3 * 128 * self.pairs * 2, "h")
        self.fits = [Fit((), []) for _ in range((2, 3, 5)[mode - 1])]
        for fit in self.fits:
            shares = parts.take(32 * 128, "H")
            fit.shares = [shares[128 * context :][:128] for context in range(32)]
        self.features = []
        for _ in range(layers):
            self.features.append([parts.take(2 * self.row, "f") for _ in "KV"])
            for fit, sources in zip(self.fits, SOURCES, strict=False):
                width = self.row * len(sources)
                weights = parts.take(self.row * width, "b")
                numbers = parts.take(2 * self.row, "i")
                fit.layers.append(
                    (
                        [weights[width * c :][:width] for c in range(self.row)],
                        numbers[: self.row],
                        numbers[self.row :],
                        parts.take(self.row, "h"),
                    )
                )
        assert parts.at == len(data) - 64

    def rotations_at(self, position):
        def digit(number):
            begin = (128 * number + (position >> 7 * number & 127)) * self.pairs * 2
            numbers = self.rotations[begin:][: 2 * self.pairs]
            return list(zip(numbers[::2], numbers[1::2], strict=True))

        def times(a, b):
            cosine, sine = a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]
            return (cosine + 8192) >> 14, (sine + 8192) >> 14

        low, middle, high = map(digit, range(3))
        return [times(times(*upper), b) for upper, b in zip(zip(high, middle), low, strict=True)]

    def rotated_channels(self):
        """Each pair's number and its channels in a row."""
        for head in range(0, self.row, self.head_dim):
            for pair in range(self.pairs):
                first = pair if self.rope == 1 else 2 * pair
                second = pair + self.head_dim // 2 if self.rope == 1 else 2 * pair + 1
                yield pair, head + first, head + second

    def features_of(self, layer, role, elements, rotations):
        x = [widened(element) for element in elements]
        u = list(x)
        if role == 0 and self.rope:
            for pair, a, b in self.rotated_channels():
                cosine, sine = (part / 16384 for part in rotations[pair])
                u[a] = single(x[a] * cosine + x[b] * sine)
                u[b] = single(x[b] * cosine - x[a] * sine)
        channels = self.features[layer][role]
        features = []
        for value, center, scale in zip(u, channels[::2], channels[1::2], strict=True):
            scaled = single(single(value - center) * scale)
            features.append(round(min(max(scaled, -127), 127)) if scaled == scaled else -127)
        return features


def bits_of(data, index, width):
    word = int.from_bytes(data[index * width // 8 :][:3], "little")
    return word >> index * width % 8 & (1 << width) - 1


class Frame:
    """A predicted frame, decoded with what it is predicted from: rows by letter, as in SOURCES."""

    def __init__(self, data):
        self.data = data
        head = struct.unpack_from("<4sBBBBQQQQQQQ", data)
        (self.n, size, self.escapes, self.predictor, self.digest, _, self.units) = head[5:]
        assert head[:5] == (b"SPZV", 2, 3, 1, 10)
        assert size == len(data) and head[10] == checksum(data[:48] + bytes(8) + data[56:128])
        place = struct.unpack_from("<IBBBBIII", data, 64)
        self.layer, self.role, self.mode, self.adjusted = place[:4]
        self.row, self.head_dim, self.page_tokens = place[5:8]
        self.tokens = self.n // self.row

    def fit(self):
        if self.mode == 3:
            return 3 + self.role
        return 1 if self.role else 2 * (self.mode == 2)

    def decode(self, predictor, rows):
        self.place_sections(predictor)
        expected = [self.expected(predictor, rows, token) for token in range(self.tokens)]
        elements = [[None] * self.row for _ in range(self.tokens)]
        end = 0
        for stream in range(self.groups * self.slabs):
            begin, end = end, self.entry(stream)[0]
            self.decode_stream(predictor, stream, begin, expected, elements)
        assert end == self.units
        raw = b"".join(struct.pack(f"<{self.row}H", *row) for row in elements)
        assert digest(raw) == self.digest
        return raw

    def place_sections(self, predictor):
        def padded(size):
            return -(-size // 128) * 128

        self.slab = self.head_dim if self.head_dim % 32 == 0 else self.row
        self.slabs = self.row // self.slab
        self.patches = -(-self.slab // 32)
        self.stream_strips = max(1, 1024 // self.slab)
        strips = -(-self.tokens // 16)
        self.groups = -(-strips // self.stream_strips)
        self.strips_of = [
            min(self.stream_strips, strips - group * self.stream_strips)
            for group in range(self.groups)
        ]
        pages = -(-self.tokens // self.page_tokens)
        self.positions = struct.unpack_from(f"<{pages}I", self.data, 128)
        means = 128 + 4 * pages
        scales = means + -(-self.row * 6 // 8)
        end = scales + -(-self.row * 4 // 8) if self.adjusted else means
        self.means, self.scales = [0] * self.row, [0] * self.row
        if self.adjusted:
            self.means = [bits_of(self.data[means:], c, 6) - 32 for c in range(self.row)]
            self.scales = [bits_of(self.data[scales:], c, 4) - 8 for c in range(self.row)]
        self.raw = [padded(end)]
        for group in self.strips_of:
            self.raw += [
                self.raw[-1] + (k + 1) * (384 * group * self.patches - 64)
                for k in range(self.slabs)
            ]
        self.entries = padded(self.raw[-1])
        self.streams = self.entries + padded(8 * self.groups * self.slabs)

    def entry(self, stream):
        return struct.unpack_from("<IHH", self.data, self.entries + 8 * stream)

    def expected(self, predictor, rows, token):
        """For each channel of a token its context, whether it is negative, and its lowest exponent."""
        position = self.positions[token // self.page_tokens] + token % self.page_tokens
        rotations = predictor.rotations_at(position)
        number = self.fit()
        weights, multipliers, biases, log_scales = predictor.fits[number].layers[self.layer]
        features = []
        for source in SOURCES[number]:
            layer = self.layer - source.isupper()
            role = "kv".index(source.lower())
            features += predictor.features_of(layer, role, rows[source][token], rotations)
        p = []
        for c in range(self.row):
            total = sum(w * f for w, f in zip(weights[c], features, strict=True))
            bias = clamped(biases[c] + 16 * self.means[c])
            p.append(clamped((total * multipliers[c] >> 24) + bias))
        if self.role == 0 and predictor.rope:
            for pair, a, b in predictor.rotated_channels():
                cosine, sine = rotations[pair]
                p[a], p[b] = (
                    (p[a] * cosine - p[b] * sine) >> 14,
                    (p[b] * cosine + p[a] * sine) >> 14,
                )
        found = []
        for c in range(self.row):
            if self.adjusted:
                p[c] = p[c] * round(4096 * 2 ** (-self.scales[c] / 4)) >> 12
            log_scale = log_scales[c] + 4 * self.scales[c]
            size, width = abs(p[c]), abs(p[c]).bit_length()
            half = min(15, 2 * (width - 6) + (size >> width - 2 & 1)) if width >= 6 else 0
            context = 2 * half + (log_scale >> 3 & 1)
            found.append((context, p[c] < 0, 105 + (log_scale >> 4)))
        return found

    def raw_words(self, stream, patch):
        """The three words of each lane; of the stream's first the lower half is missing."""
        at = self.raw[stream] + 384 * patch - 64 * (patch > 0)
        if patch > 0:
            words = struct.unpack_from("<96I", self.data, at)
            return [list(words[32 * k :][:32]) for k in range(3)]
        first = [half << 16 for half in struct.unpack_from("<32H", self.data, at)]
        words = struct.unpack_from("<64I", self.data, at + 64)
        return [first, list(words[:32]), list(words[32:])]

    def decode_stream(self, predictor, stream, begin, expected, elements):
        group, slab = divmod(stream, self.slabs)
        end, word_count, escape_count = self.entry(stream)
        at = self.streams + 4 * begin
        assert 4 * (end - begin) == -(-(128 + 2 * word_count + escape_count) // 4) * 4
        states = list(struct.unpack_from("<32I", self.data, at))
        words = list(struct.unpack_from(f"<{word_count}H", self.data, at + 128))
        escapes = list(self.data[at + 128 + 2 * word_count :][:escape_count])
        shares = predictor.fits[self.fit()].shares
        for number in reversed(range(self.strips_of[group] * self.patches)):
            strip, visit = divmod(number, self.patches)
            even = self.patches % 2 == 0
            patch = visit // 2 + visit % 2 * (self.patches // 2) if even else visit
            found = []
            for step in reversed(range(16)):
                for lane in reversed(range(32)):
                    token = lane // 4 + 8 * (step // 2 % 2)
                    token += 16 * (group * self.stream_strips + strip)
                    channel = 32 * patch + 8 * (lane % 4) + 2 * (step // 4) + step % 2
                    if token >= self.tokens or channel >= self.slab:
                        continue
                    channel += slab * self.slab
                    context, negative, lowest = expected[token][channel]
                    symbol, before = 0, 0
                    while before + shares[context][symbol] <= states[lane] % 1024:
                        before += shares[context][symbol]
                        symbol += 1
                    state = states[lane]
                    state = shares[context][symbol] * (state // 1024) + state % 1024 - before
                    if state < 1 << 15:
                        state = state << 16 | words.pop()
                    states[lane] = state
                    distance = symbol >> 1 & 31
                    exponent = escapes.pop() if distance == 31 else lowest + distance
                    sign = symbol >> 6 ^ negative
                    element = sign << 15 | exponent << 7 | (symbol & 1) << 6
                    found.append((step, lane, token, channel, element))
            raw = self.raw_words(stream, number)
            if number == 0:
                assert not words and not escapes
                assert all(state >> 16 == 1 for state in states)
                raw[0] = [word | state & 0xFFFF for word, state in zip(raw[0], states, strict=True)]
            for step, lane, token, channel, element in found:
                nibble = raw[step // 8][lane] >> 4 * (step % 8) & 15
                pair = raw[2][lane] >> 2 * step & 3
                elements[token][channel] = element | pair << 4 | nibble
