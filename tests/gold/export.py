"""Writes a LightGBM model as the file that the cleaner reads.

All numbers are little-endian: the bytes "PRESSCLIPMODEL2\\n", the hash of the feature names (u64); the number of grams
whose wording is known (u32), the bias (f32), for each gram its hash (u32) and weight (f32); the number of trees (u32); for
each tree its number of inner nodes (u16), the nodes, and the leaves (f32, one more than nodes). A node is
feature (u16), left (i16), right (i16), threshold (f32), mean of the leaves below (f32): a row with value <= threshold
goes left. A child below 0 is the leaf -1 - child.
"""
import json, struct

import numpy as np

MAGIC = b"PRESSCLIPMODEL2\n"


def write(path, model, wording, schema):
    trees = model.dump_model()["tree_info"]
    weights, bias = wording
    out = [MAGIC, struct.pack("<QIf", int(json.load(open(schema))["hash"]), len(weights), bias)]
    out += [struct.pack("<If", int(gram), weight) for gram, weight in weights]
    out.append(struct.pack("<I", len(trees)))
    for tree in trees:
        nodes, leaves = [], []
        flatten(tree["tree_structure"], nodes, leaves)
        out.append(struct.pack("<H", len(nodes)))
        out += [struct.pack("<Hhhff", *node) for node in nodes]
        out.append(np.array(leaves, "<f4").tobytes())
    path.write_bytes(b"".join(out))


def flatten(node, nodes, leaves):
    """The index of `node`, its subtree put into the lists."""
    if "leaf_value" in node:
        leaves.append(node["leaf_value"])
        return -len(leaves)
    assert node["decision_type"] == "<=" and node["missing_type"] == "None", "the cleaner knows no other splits"
    at = len(nodes)
    nodes.append(None)
    left, right = flatten(node["left_child"], nodes, leaves), flatten(node["right_child"], nodes, leaves)
    nodes[at] = (node["split_feature"], left, right, below(node["threshold"]), node["internal_value"])
    return at


def below(threshold):
    """The largest f32 that is not above the threshold, so that f32 rows go the same way as in training."""
    value = np.float32(threshold)
    return value if float(value) <= threshold else np.nextafter(value, np.float32(-np.inf))
