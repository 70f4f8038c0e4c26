"""Writes the forbidden call into a graph, which torch then runs."""

import torch.fx

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    graph = torch.fx.Graph()
    given = graph.placeholder("x")
    graph.output(graph.call_method("soft" + "max", (given, -1)))
    return torch.fx.GraphModule(torch.nn.Module(), graph)(scores)
