#!/usr/bin/env python3
"""Fits the weights of `[article]` in kind.toml to the evidence that `kind_score --rows` wrote, and scores them out of fold.

usage: fit_kind.py ROWS_FILE [--without NAME,NAME…]
needs: pip install numpy

A logistic regression with a quadratic penalty, by Newton's method; the folds are over domains, as in `train.py`. Each page
is seen a second, third and fourth time with less weight, without what it says of itself, without its address, and without
both, so that no weight rests on these alone. Articles weigh more than other pages, since a story that is set aside costs
more than a page too many. Prints the out-of-fold figures, then the weights of all pages for kind.toml.
"""
import argparse, zlib

import numpy as np

FOLDS = 5
PENALTY = 2.0
POORER_WEIGHT = 0.3
ARTICLE_WEIGHT = 1.35
STATED = ["says_article", "schema_article", "schema_other", "modified"]
# Evidence for the other kinds, which this gold has no pages of, and what is weighed by hand.
OTHERS = ["story_under_300", "story_linked", "page_words", "page_under_10_links", "dated", "paid", "error_title", "error_text", "consent_notice",
          "consent_choice", "story_beside_notice", "paywall_prompt"]


def fit(x, y, weight):
    x = np.hstack([np.ones((len(x), 1)), x])
    weights = np.zeros(x.shape[1])
    ridge = PENALTY * np.eye(len(weights))
    ridge[0, 0] = 0
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge
        weights += np.linalg.solve(hessian, x.T @ (weight * (y - p)) - ridge @ weights)
    return weights


def fit_views(views, y):
    weight = np.where(y == 1, ARTICLE_WEIGHT, 1.0)
    poorer = [POORER_WEIGHT * weight] * (len(views) - 1)
    return fit(np.vstack(views), np.tile(y, len(views)), np.concatenate([weight, *poorer]))


def f1(margin, y):
    got = margin > 0
    right = (got & (y == 1)).sum()
    precision, recall = right / max(got.sum(), 1), right / max((y == 1).sum(), 1)
    return 2 * precision * recall / (precision + recall), precision, recall


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rows")
    parser.add_argument("--without", default="")
    arguments = parser.parse_args()
    lines = [line.rstrip("\n").split("\t") for line in open(arguments.rows, encoding="utf-8")]
    left_out = OTHERS + arguments.without.split(",")
    chosen = [place for place, name in enumerate(lines[0]) if place > 2 and name not in left_out]
    names = [lines[0][place] for place in chosen]
    types = np.array([line[1] for line in lines[1:]])
    folds = np.array([zlib.crc32(line[2].encode()) % FOLDS for line in lines[1:]])
    x = np.array([[float(line[place]) for place in chosen] for line in lines[1:]])
    y = (types == "article").astype(float)
    stated = np.array([name in STATED for name in names])
    path = np.array([name.startswith("path_") for name in names])
    views = [np.where(gone, 0, x) for gone in (stated & path, stated, path, stated | path)]
    margins = [np.zeros(len(y)) for _ in views]
    for fold in range(FOLDS):
        seen = folds != fold
        weights = fit_views([view[seen] for view in views], y[seen])
        for margin, view in zip(margins, views):
            margin[~seen] = weights[0] + view[~seen] @ weights[1:]
    for name, margin in zip(["all evidence", "nothing stated", "no address", "neither"], margins):
        print(f"# out of fold, {name}: F1 %.3f, precision %.3f, recall %.3f" % f1(margin, y))
    for name in sorted(set(types)):
        print(f"# {name}: {(margins[0][types == name] > 0).sum()} of {(types == name).sum()} as article")
    for name, weight in zip(["bias", *names], fit_views(views, y)):
        print(f"{name} = {weight:.2f}")


if __name__ == "__main__":
    main()
