"""The wording: a linear model over the grams of blocks (src/clean/wording.rs), learned before the trees.

The trees take its log odds as one of their features. They must not see odds that were learned from the block itself, so
the odds of each fold come from the other folds.
"""
import numpy as np
from scipy import sparse
from sklearn.linear_model import SGDClassifier

FOLDS = 5
LEAST_DOMAINS = 12  # a gram of fewer domains says more about them than about stories
ALPHA = 1e-5
EPOCHS = 8


class Grams:
    """The grams of all blocks: a row a block, a column for each gram that enough domains use."""

    def __init__(self, grams, counts, domains, used):
        rows = np.repeat(np.arange(len(counts)), counts)
        names = {domain: number for number, domain in enumerate(sorted(set(domains)))}
        domain = np.array([names[d] for d in domains], np.uint64)[rows]
        seen = used[rows]
        pairs = np.unique(grams[seen].astype(np.uint64) << np.uint64(20) | domain[seen])
        found, spread = np.unique(pairs >> np.uint64(20), return_counts=True)
        self.vocabulary = found[spread >= LEAST_DOMAINS].astype(np.uint32)
        column = np.minimum(np.searchsorted(self.vocabulary, grams), len(self.vocabulary) - 1)
        known = self.vocabulary[column] == grams
        shape = len(counts), len(self.vocabulary)
        self.matrix = sparse.csr_matrix((np.ones(known.sum(), np.float32), (rows[known], column[known])), shape=shape)
        size = np.maximum(1, np.asarray(self.matrix.sum(axis=1)).ravel())
        self.matrix = sparse.diags(1 / np.sqrt(size)).astype(np.float32) @ self.matrix

    def learn(self, rows, y, w):
        model = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=EPOCHS, tol=None, random_state=1, average=True)
        return model.fit(self.matrix[rows], y[rows], sample_weight=w[rows] / w[rows].mean())

    def odds(self, used, fold, y, w, outer):
        """The log odds of every block for the trees of fold `outer` (None for all pages), and the weights with which
        the cleaner judges pages of that fold: a list of (gram, weight) and the bias."""
        own = used if outer is None else used & (fold != outer)
        model = self.learn(own, y, w)
        odds = self.matrix @ model.coef_[0] + model.intercept_[0]
        for inner in range(FOLDS):
            if inner != outer:
                rows = fold == inner
                other = self.learn(own & ~rows, y, w)
                odds[rows] = self.matrix[rows] @ other.coef_[0] + other.intercept_[0]
        weights = [(gram, weight) for gram, weight in zip(self.vocabulary, np.float32(model.coef_[0])) if weight]
        return odds.astype(np.float32), (weights, float(model.intercept_[0]))
