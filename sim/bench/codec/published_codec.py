"""Times the published implementation of SplitZip; run by `splitbench codec bench --reference`.

Arguments: its checkout, a file of bf16 elements that are repeated to make the tensor, the tensor's bytes, and the
number of repeats. Prints one JSON object: seconds of each repeat, by the device's clock, from work that was already
waiting, in buffers that no earlier repeat left in a cache; and the bytes of what it encodes.
"""

import json
import sys

import torch


def time_repeats(work, repeats, sets):
    """Returns the seconds of each repeat of work(set), after five that do not count."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    seconds = []
    for repeat in range(-5, repeats):
        torch.cuda._sleep(2_000_000)  # about a millisecond, in which the work is launched
        begin.record()
        work(sets[repeat % len(sets)])
        end.record()
        torch.cuda.synchronize()
        if repeat >= 0:
            seconds.append(begin.elapsed_time(end) / 1000)
    return seconds


def main():
    checkout, path, size, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    sys.path.insert(0, checkout)
    from codec_gpu import ChunkLocalSplitZipGPU

    piece = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.bfloat16)
    count = size // 2
    raw = piece.cuda().repeat(-(-count // piece.numel()))[:count].contiguous()
    inputs = [raw.clone() for _ in range(min(32, max(1, (256 << 20) // size)))]
    codec = ChunkLocalSplitZipGPU(device="cuda")
    codec.calibrate(raw)
    encoded = [codec.encode(each) for each in inputs]
    for each in encoded:
        if not torch.equal(codec.decode(each).view(torch.int16), raw.view(torch.int16)):
            sys.exit("it gave back other elements")
    copy = torch.empty_like(raw)
    print(
        json.dumps(
            {
                "device": torch.cuda.get_device_name(),
                "copy_seconds": time_repeats(copy.copy_, repeats, inputs),
                "encode_seconds": time_repeats(codec.encode, repeats, inputs),
                "decode_seconds": time_repeats(codec.decode, repeats, encoded),
                "encoded_bytes": encoded[0].compressed_bytes,
                "escapes": encoded[0].n_esc,
            }
        )
    )


main()
