"""Turns a TorchScript network into an ONNX model by following its `forward` with a symbol for the image instead of an image."""

import ast

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torchscript import Archive, Module, UnknownNetwork

# The newest operators that are needed came with version 11; 17 has them all and is read by every ONNX Runtime since 1.12.
OPSET = 17


class Value:
    """What flows through the network: the name of an ONNX value, and how many channels it has, which a normalisation has to know."""

    def __init__(self, name: str, channels: int) -> None:
        self.name = name
        self.channels = channels


def convert(path, channels: int = 1) -> bytes:
    """The network of a TorchScript archive as a serialised ONNX model with the input `image` and the output `probabilities`."""
    graph = _Graph()
    result = graph.call(Archive(path).root, "forward", [Value("image", channels)])
    graph.nodes.append(helper.make_node("Identity", [result.name], ["probabilities"]))
    size = ["x", "y", "z"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "network",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, *size])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, result.channels, *size])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


class _Graph:
    """The nodes so far. Expressions are followed one by one; one that no network of this kind has is refused by its text."""

    def __init__(self) -> None:
        self.nodes = []
        self.constants = []
        self._named: list[tuple[np.ndarray, str]] = []

    def call(self, module: Module, method: str, arguments: list):
        function = module.method(method)
        names = [argument.arg for argument in function.args.args]
        scope = dict(zip(names, [module, *arguments], strict=True))
        for statement in function.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    scope[name] = self.value(value, scope)
                case ast.Return(value=value):
                    return self.value(value, scope)
                case _:
                    raise UnknownNetwork(f"Cannot follow: {ast.unparse(statement)}")
        raise UnknownNetwork(f"{method} of {module.name} returns nothing.")

    def value(self, node: ast.expr, scope: dict):
        match node:
            case ast.Constant(value=value):
                return value
            case ast.List(elts=elements):
                return [self.value(element, scope) for element in elements]
            case ast.Name(id=name):
                return scope[name]
            case ast.Attribute(value=ast.Name(id=name), attr=member):
                return scope[name].members[member]
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=name), ast.Constant(value=member)]):
                return scope[name].members[member]
            case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=given):
                operator = _OPERATORS.get(name)
                if operator is None:
                    raise UnknownNetwork(f"The operator torch.{name} is not known.")
                return operator(self, *[self.value(one, scope) for one in given])
            case ast.Call(func=ast.Attribute(value=target, attr=method), args=given):
                module = self.value(target, scope)
                return self.call(module, method, [self.value(one, scope) for one in given])
            case _:
                raise UnknownNetwork(f"Cannot follow: {ast.unparse(node)}")

    def add(self, operator: str, inputs: list[str], channels: int, **attributes) -> Value:
        value = Value(f"{operator}_{len(self.nodes)}", channels)
        self.nodes.append(helper.make_node(operator, inputs, [value.name], **attributes))
        return value

    def constant(self, array: np.ndarray) -> str:
        """Names a tensor; one that several places use is stored once."""
        for known, name in self._named:
            if known is array:
                return name
        name = f"weights_{len(self.constants)}"
        self._named.append((array, name))
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name


def _convolution(
    graph, image, weight, bias, stride, padding, dilation, transposed, output_padding, groups, *_hints
) -> Value:
    inputs = [image.name, graph.constant(weight), *([] if bias is None else [graph.constant(bias)])]
    shared = {"strides": stride, "pads": [*padding, *padding], "dilations": dilation, "group": groups}
    # PyTorch keeps the weights of a convolution as (out, in / groups, …), and those of a transposed one as (in, out / groups, …).
    if transposed:
        return graph.add("ConvTranspose", inputs, weight.shape[1] * groups, output_padding=output_padding, **shared)
    return graph.add("Conv", inputs, weight.shape[0], **shared)


def _instance_norm(graph, image, weight, bias, mean, variance, of_input, _momentum, epsilon, *_hints) -> Value:
    if mean is not None or variance is not None or not of_input:
        raise UnknownNetwork("The instance normalisation uses statistics of the training.")
    scale = np.ones(image.channels, np.float32) if weight is None else weight
    shift = np.zeros(image.channels, np.float32) if bias is None else bias
    inputs = [image.name, graph.constant(scale), graph.constant(shift)]
    return graph.add("InstanceNormalization", inputs, image.channels, epsilon=epsilon)


def _max_pool(graph, image, kernel, stride, padding, dilation, ceil=False) -> Value:
    options = {"kernel_shape": kernel, "strides": stride, "pads": [*padding, *padding], "dilations": dilation}
    return graph.add("MaxPool", [image.name], image.channels, ceil_mode=int(ceil), **options)


def _relu(graph, image) -> Value:
    return graph.add("Relu", [image.name], image.channels)


def _sum(graph, one, other) -> Value:
    return graph.add("Add", [one.name, other.name], one.channels)


def _softmax(graph, image, axis) -> Value:
    return graph.add("Softmax", [image.name], image.channels, axis=axis)


# What ends with an underscore changes its operand in place; followed as a value, it is the same.
_OPERATORS = {
    "_convolution": _convolution,
    "instance_norm": _instance_norm,
    "max_pool3d": _max_pool,
    "relu": _relu,
    "relu_": _relu,
    "add": _sum,
    "add_": _sum,
    "softmax": _softmax,
}
