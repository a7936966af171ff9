"""The mean of two checkpoints of one model: `python -m training.average build/a.pt build/b.pt --out build/mean.pt`.

Where one was trained on from the other, their mean is often better than both (Wortsman et al. 2022, "Model soups").
"""

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path, help="what the first lacks is taken from here as it is")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    first, second = (torch.load(path, weights_only=True) for path in (args.first, args.second))
    for name, weight in second.items():
        if name in first and weight.is_floating_point():
            second[name] = (first[name] + weight) / 2
    torch.save(second, args.out)


if __name__ == "__main__":
    main()
