"""A small BERT (all-MiniLM-L6-v2: 6 layers, 384 wide) and how it reads posts."""
import re
import unicodedata

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, width=384, heads=12, inner=1536):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.f1, self.f2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x, mask, p):
        b, t, d = x.shape
        split = lambda y: y.view(b, t, self.heads, d // self.heads).transpose(1, 2)
        a = F.scaled_dot_product_attention(split(self.q(x)), split(self.k(x)), split(self.v(x)), attn_mask=mask)
        x = self.n1(x + F.dropout(self.o(a.transpose(1, 2).reshape(b, t, d)), p, self.training))
        return self.n2(x + F.dropout(self.f2(F.gelu(self.f1(x))), p, self.training))


class Encoder(nn.Module):
    """Gives one vector a text: the mean over its pieces, as the encoder was made for."""

    def __init__(self, layers=6, width=384, pieces=30522):
        super().__init__()
        self.word, self.pos, self.typ = nn.Embedding(pieces, width), nn.Embedding(512, width), nn.Embedding(2, width)
        self.n = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))

    def forward(self, ids, att):
        p = 0.1
        x = self.n(self.word(ids) + self.pos.weight[:ids.shape[1]] + self.typ.weight[0])
        x = F.dropout(x, p, self.training)
        for layer in self.layers:
            x = layer(x, att[:, None, None, :].bool(), p)
        m = att.unsqueeze(-1).float()
        return (x * m).sum(1) / m.sum(1)

    def load_published(self, weights):
        """Takes weights under the names that BERT models are published with."""
        weights = {k.removeprefix("bert."): v for k, v in weights.items()}
        names = {"word.weight": "embeddings.word_embeddings.weight", "pos.weight": "embeddings.position_embeddings.weight",
                 "typ.weight": "embeddings.token_type_embeddings.weight",
                 "n.weight": "embeddings.LayerNorm.weight", "n.bias": "embeddings.LayerNorm.bias"}
        inner = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "o": "attention.output.dense",
                 "n1": "attention.output.LayerNorm", "f1": "intermediate.dense", "f2": "output.dense", "n2": "output.LayerNorm"}
        for i in range(len(self.layers)):
            for ours, theirs in inner.items():
                for w in ("weight", "bias"):
                    names[f"layers.{i}.{ours}.{w}"] = f"encoder.layer.{i}.{theirs}.{w}"
        self.load_state_dict({ours: weights[theirs] for ours, theirs in names.items()})


EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\u2B55\u2190-\u21FF\u2300-\u23FF]")


def _emoji(m):
    try:
        return " " + unicodedata.name(m.group()).lower().replace(" sign", "") + " "
    except ValueError:
        return " "


def clean(t):
    """Emoji become their names, addresses one word, hashtags words."""
    for a, b in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("\u200d", ""), ("\ufe0f", "")):
        t = t.replace(a, b)
    t = re.sub(r"https?://\S+|\bhttp\b", " http ", t)
    t = re.sub(r"(.)\1{3,}", r"\1\1\1", t)
    t = re.sub(r"#(\w+)", lambda m: "# " + re.sub(r"([a-z])([A-Z])", r"\1 \2", m.group(1)), t)
    return re.sub(r"\s+", " ", EMOJI.sub(_emoji, t)).strip()
