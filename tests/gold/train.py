#!/usr/bin/env python3
"""Trains the block model from the rows that `training_rows` wrote, and scores it out of fold.

usage: train.py GOLD_FOLDER ROWS_FOLDER OUT_FOLDER [--model src/clean/model.bin]
needs: pip install lightgbm numpy scikit-learn

Writes OUT_FOLDER/fold<n>.bin, models that know nothing of the domains of fold n, with which `evaluate` cleans each page
by a model that has not seen its domain; and with --model the model of all pages.
"""
import argparse, gzip, json, os, re, time, unicodedata, zlib
from collections import Counter, defaultdict
from pathlib import Path

import lightgbm as lgb
import numpy as np

import export
from wording import FOLDS, Grams

SEED = 1
PARAMS = dict(learning_rate=0.04, num_leaves=31, min_data_in_leaf=60, feature_fraction=0.2,
              bagging_fraction=0.8, bagging_freq=1, lambda_l2=5, max_bin=127, verbose=-1, deterministic=True,
              force_row_wise=True, num_threads=int(os.environ.get("THREADS", os.cpu_count())), seed=SEED)
DOUBT = 0.3  # 0 takes every label for true, 1 forgives a wrong one as much as a mean absolute error does
ROUNDS = int(os.environ.get("ROUNDS", 400))
PAGE_WEIGHT = 600
SNIPPET_WEIGHT = 5
OTHER_WEIGHT = 0.1  # of pages that are no articles: what is their body is less like a story
WORD = re.compile(r"\w+")


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def tokens(text):
    text = unicodedata.normalize("NFKC", text).lower().replace("\u00ad", "").replace("\u200b", "")
    return WORD.findall(text)


def labels(texts, gold):
    """1 for each block that is a part of the gold body: the heaviest chain of matches in order, then the short blocks
    that fill its gaps."""
    gold = tokens(gold)
    where = defaultdict(list)
    for i in range(len(gold) - 3):
        where[tuple(gold[i : i + 4])].append(i)
    blocks = [tokens(text) for text in texts]
    candidates = []  # (block, first word in gold)
    for k, words in enumerate(blocks):
        runs = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
        hits = [(i, run) for i, run in enumerate(runs) if run in where]
        if runs and len(hits) >= 0.6 * len(runs):
            first, run = hits[0]
            candidates += [(k, max(0, at - first)) for at in where[run][:6]]
    chain = heaviest_chain(candidates, [len(words) for words in blocks], len(gold))
    result = [0] * len(texts)
    spans = []
    for k, at in chain:
        result[k] = 1
        spans.append((k, at, at + len(blocks[k])))
    bounds = [(-1, 0, 0), *spans, (len(texts), len(gold), len(gold))]
    for (before, _, begin), (after, end, _) in zip(bounds, bounds[1:]):
        at, last = max(0, begin - 2), before
        for k in range(before + 1, after):
            words = blocks[k]
            if not words or len(words) > 12 or end + 2 - at < len(words):
                continue
            found = find(gold, words, at, min(len(gold), end + 2))
            # A short text is easily found by chance: it must go on where the last match ended, close to it.
            close = k - last <= 3 or after - k <= 3
            if found >= 0 and (len(words) >= 3 and close or found - at <= 2 and (k - last <= 2 or after - k <= 2)):
                result[k] = 1
                at, last = found + len(words), k
    return result


def find(gold, words, begin, end):
    for i in range(begin, end - len(words) + 1):
        if gold[i : i + len(words)] == words:
            return i
    return -1


def heaviest_chain(candidates, sizes, length):
    """Candidates in document order whose places in the gold rise, with the most words: a Fenwick tree of maxima."""
    tree = [(0, -1)] * (length + 3)
    back = []

    def best(p):
        p, top = p + 1, (0, -1)
        while p > 0:
            top = max(top, tree[p])
            p -= p & -p
        return top

    by_block = defaultdict(list)
    for k, at in candidates:
        by_block[k].append(at)
    for k in sorted(by_block):
        fresh = []
        for at in by_block[k]:
            weight, previous = best(at)
            fresh.append((at, weight + sizes[k], previous))
        for at, weight, previous in fresh:
            back.append((k, at, previous))
            p = min(length, at + max(1, int(0.7 * sizes[k]))) + 1
            while p < len(tree):
                tree[p] = max(tree[p], (weight, len(back) - 1))
                p += p & -p
    chain, at = [], best(length)[1]
    while at >= 0:
        chain.append(back[at][:2])
        at = back[at][2]
    return chain[::-1]


def load(gold_folder, rows_folder):
    wcxb = {r["id"]: r for r in lines(gold_folder / "wcxb-dev.jsonl.gz")}
    silver = {r["id"]: r for r in lines(gold_folder / "silver.jsonl.gz")}
    trafilatura = {r["id"]: r for r in lines(gold_folder / "trafilatura.jsonl.gz")}
    contested = defaultdict(set)
    for r in lines(gold_folder / "contested.jsonl.gz"):
        contested[r["set"], r["id"]].add(" ".join(tokens(r["text"])))
    width = len(json.load(open(rows_folder / "schema.json"))["names"])
    X = np.fromfile(rows_folder / "rows.f32", dtype="<f4").reshape(-1, width)
    pages, at = [], 0
    for page in map(json.loads, open(rows_folder / "pages.jsonl", encoding="utf-8")):
        record = (wcxb if page["set"].startswith("wcxb") else trafilatura)[page["id"]]
        count = len(page["texts"])
        body = record.get("body") if page["set"].startswith("wcxb") else silver.get(page["id"], {}).get("body")
        page.update(record=record, begin=at, end=at + count, body=body, copy=page.get("copy", 0),
                    type=record.get("page_type", "article"),
                    fold=zlib.crc32(str(record.get("domain")).encode()) % FOLDS)
        at += count
        if body:
            promos = contested[page["set"], page["id"]]
            page["labels"] = [
                int(mark) if mark is not None else int(label and " ".join(tokens(text)) not in promos)
                for text, label, mark in zip(page["texts"], labels(page["texts"], body), page["injected"])]
        elif page["set"] == "trafilatura":
            page["labels"] = snippet_labels(page["texts"], record)
        pages.append(page)
    return X, pages


def snippet_labels(texts, record):
    """1 and 0 for the blocks that hold must-have and must-not-have snippets, -1 (unknown) for the others."""
    plain = lambda text: " ".join(text.replace("\u00ad", "").split())
    inside = lambda text, snippets: any(plain(snippet) in plain(text) for snippet in snippets if len(snippet) > 12)
    result = []
    for text in texts:
        wanted, unwanted = inside(text, record.get("with", [])), inside(text, record.get("without", []))
        result.append(-1 if wanted == unwanted else int(wanted))
    return result


def word_f1(predicted, reference):
    p, r = Counter(WORD.findall(predicted.lower())), Counter(WORD.findall(reference.lower()))
    both = sum((p & r).values())
    return 2 * both / (sum(p.values()) + sum(r.values())) if p and r else float(p == r)


def doubting(raw, data):
    """Gradient of the generalized cross entropy: what annotators keep here and drop there does not rule the trees.
    Source: "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels" (Zhang, Sabuncu 2018)."""
    y, p = data.get_label(), 1 / (1 + np.exp(-raw))
    trust = data.get_weight() * np.where(y == 1, p, 1 - p) ** DOUBT
    return trust * (p - y), trust * np.maximum(p * (1 - p), 1e-3)


def fit(X, y, w, rows):
    started = time.monotonic()
    model = lgb.train(dict(PARAMS, objective=doubting), lgb.Dataset(X[rows], y[rows], weight=w[rows], free_raw_data=True), ROUNDS)
    print(f"  a model of {rows.sum()} blocks in {time.monotonic() - started:.0f} s", flush=True)
    return model


def prepare(gold, rows):
    """Features, pages, labels, weights, folds, and which blocks are learned from."""
    X, pages = load(gold, rows)
    n = len(X)
    y, w, fold, good = np.zeros(n), np.zeros(n), np.zeros(n, int), np.zeros(n, bool)
    reached = []
    for p in pages:
        s = slice(p["begin"], p["end"])
        fold[s] = p["fold"]
        if "labels" not in p:
            continue
        y[s] = np.maximum(0, p["labels"])
        w[s] = [min(60, len(t.split()) + 2) ** 0.5 * (1.5 if m is not None else 1) for t, m in zip(p["texts"], p["injected"])]
        if not p["body"]:
            good[s] = np.array(p["labels"]) >= 0
            w[s] *= SNIPPET_WEIGHT
            continue
        kept = "\n".join(t for t, l, m in zip(p["texts"], p["labels"], p["injected"]) if l and m is None)
        f = word_f1(kept, p["body"])
        if p["set"] == "wcxb-dev" and p["type"] == "article" and not p["copy"]:
            reached.append(f)
        good[s] = f > 0.85
        if p["copy"]:  # the rest of the page is learned from the page as published
            near = np.convolve([m is not None for m in p["injected"]], np.ones(5), "same") > 0
            good[s] &= near
        learned = w[s][good[s]].sum()
        if learned > 0:  # pages count nearly alike, however many blocks they have
            w[s] *= (PAGE_WEIGHT / learned) ** 0.7
        if p["type"] != "article":
            w[s] *= OTHER_WEIGHT
    print(f"{len(pages)} pages, {n} blocks, {X.shape[1]} features; the labels reach word F1 {np.mean(reached):.4f}", flush=True)
    return X, pages, y, w, fold, good


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("gold", type=Path), ap.add_argument("rows", type=Path), ap.add_argument("out", type=Path)
    ap.add_argument("--model", type=Path)
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    X, pages, y, w, fold, good = prepare(a.gold, a.rows)
    n = len(X)
    column = json_names(a.rows).index("wording")
    published = good & np.array([mark is None for page in pages for mark in page["injected"]])
    counts = np.array([count for page in pages for count in page["grams"]])
    domains = [str(page["record"].get("domain")) for page in pages for _ in page["texts"]]
    grams = Grams(np.fromfile(a.rows / "grams.u32", dtype="<u4"), counts, domains, published)
    print(f"wording: {len(grams.vocabulary)} grams", flush=True)

    def known(f):
        """Blocks to learn from for fold `f`; for all pages without one."""
        return good if f is None else good & (fold != f)

    def learn(f):
        """The trees for fold `f`, and the wording that they go with. Leaves the odds of the wording in `X`."""
        X[:, column], weights = grams.odds(published, fold, y, w, f)
        return fit(X, y, w, known(f)), weights

    prob = np.zeros(n)
    for f in range(FOLDS):
        model, weights = learn(f)
        prob[fold == f] = 1 / (1 + np.exp(-model.predict(X[fold == f], raw_score=True)))
        export.write(a.out / f"fold{f}.bin", model, weights, a.rows / "schema.json")
    report("out of fold", prob, y, w, good, pages)
    np.save(a.out / "prob.npy", prob)
    imp = sorted(zip(model.feature_importance("gain"), json_names(a.rows)), reverse=True)
    print("  ".join(f"{name} {gain:.0f}" for gain, name in imp[:40]))
    if a.model:
        export.write(a.model, *learn(None), a.rows / "schema.json")


def report(what, prob, y, w, good, pages):
    p = np.clip(prob[good], 1e-6, 1 - 1e-6)
    loss = -np.average(np.where(y[good] == 1, np.log(p), np.log(1 - p)), weights=w[good])
    marks = np.array([-1 if m is None else int(m) for page in pages for m in page["injected"]])
    leak, lost = np.mean(prob[marks == 0] >= 0.5), np.mean(prob[marks == 1] < 0.5)
    print(f"{what}: log loss {loss:.4f}, wrong blocks {np.mean((p >= 0.5) != y[good]):.4f}, injected promos that leak "
          f"{leak:.4f}, story pieces lost {lost:.4f}", flush=True)


def json_names(rows):
    schema = json.load(open(rows / "schema.json"))
    return [name for name, _ in schema["names"]]


if __name__ == "__main__":
    main()
