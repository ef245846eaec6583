"""The converter of networks, on little archives whose results are computed by hand, and on the real weights."""

import json
import os
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnxruntime
from make_archive import write_archive
from networks import WEIGHTS, weights_path
from scipy import ndimage
from to_onnx import convert
from torchscript import UnknownNetwork

CONVOLUTION = "torch._convolution(x, self.weight, {bias}, [1, 1, 1], [1, 1, 1], [1, 1, 1], False, [0, 0, 0], 1, False, False, True, True)"
NORM = "torch.instance_norm({of}, None, None, None, None, True, 0.1, 1.0e-05, True)"


def code(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"class Net(Module):\n  training : bool\n  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n{body}"


class Converter(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "net.pt")
        self.random = np.random.default_rng(7)
        self.image = self.random.standard_normal((6, 8, 10)).astype(np.float32)

    def run_model(self, model: bytes, image: np.ndarray) -> np.ndarray:
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        return session.run(None, {"image": image[None, None]})[0][0]

    def test_a_convolution_a_normalisation_and_a_softmax_are_what_they_are_by_hand(self) -> None:
        weight, bias = self.random.standard_normal((2, 1, 3, 3, 3)), self.random.standard_normal(2)
        lines = [
            f"y = {CONVOLUTION.format(bias='self.bias')}",
            f"z = torch.relu_({NORM.format(of='y')})",
            "return torch.softmax(torch.add_(z, y), 1)",
        ]
        write_archive(self.path, code(*lines), {"weight": weight, "bias": bias})
        got = self.run_model(convert(self.path), self.image)
        sums = np.stack(
            [
                ndimage.correlate(self.image, one[0], mode="constant") + shift
                for one, shift in zip(weight, bias, strict=True)
            ]
        )
        mean, variance = sums.mean(axis=(1, 2, 3), keepdims=True), sums.var(axis=(1, 2, 3), keepdims=True)
        both = np.maximum((sums - mean) / np.sqrt(variance + 1e-5), 0) + sums
        expected = np.exp(both) / np.exp(both).sum(axis=0)
        np.testing.assert_allclose(got, expected, atol=1e-5)

    def test_a_transposed_convolution_and_a_pooling_bring_back_the_size(self) -> None:
        weight = np.ones((1, 1, 2, 2, 2))
        lines = [
            "pooled = torch.max_pool3d(x, [2, 2, 2], [2, 2, 2], [0, 0, 0], [1, 1, 1])",
            "return torch._convolution(pooled, self.weight, None, [2, 2, 2], [0, 0, 0], [1, 1, 1], True, [0, 0, 0], 1, False, False, True, True)",
        ]
        write_archive(self.path, code(*lines), {"weight": weight})
        got = self.run_model(convert(self.path), self.image)[0]
        pooled = self.image.reshape(3, 2, 4, 2, 5, 2).max(axis=(1, 3, 5))
        np.testing.assert_array_equal(got, pooled.repeat(2, 0).repeat(2, 1).repeat(2, 2))

    def test_an_unknown_operator_is_refused_by_its_name(self) -> None:
        write_archive(self.path, code("return torch.load(x)"), {})
        with self.assertRaisesRegex(UnknownNetwork, r"torch\.load"):
            convert(self.path)

    def test_code_that_is_no_network_is_parsed_and_never_run(self) -> None:
        for line in (
            "return __import__('os').getcwd()",
            "return [x for x in x]",
            "import os",
            "return self.weight.__class__.mro()",
        ):
            write_archive(self.path, code(line), {"weight": np.ones(1)})
            with self.assertRaises((UnknownNetwork, AttributeError), msg=line):
                convert(self.path)

    def test_a_pickle_that_would_call_something_else_is_refused(self) -> None:
        mark = self.path.with_name("called")

        class Hostile:
            def __reduce__(self):
                return os.mkdir, (str(mark),)

        write_archive(self.path, code("return x"), {}, root=Hostile())
        with self.assertRaisesRegex(UnknownNetwork, "mkdir"):
            convert(self.path)
        self.assertFalse(mark.exists())


class RealWeights(unittest.TestCase):
    def test_both_networks_answer_as_torchscript_does(self) -> None:
        reference = json.loads(Path(__file__).with_name("torchscript_answers.json").read_text())
        self.assertEqual(sorted(reference), sorted(WEIGHTS))
        for file, answer in reference.items():
            size, step = answer["size"], answer["step"]
            image = np.random.default_rng(answer["seed"]).random((size,) * 3, np.float32)
            session = onnxruntime.InferenceSession(convert(weights_path(file)), providers=["CPUExecutionProvider"])
            got = session.run(None, {"image": image[None, None]})[0][0, 1, ::step, ::step, ::step].ravel()
            np.testing.assert_allclose(got, answer["probabilities"], atol=2e-3, err_msg=file)
            self.assertGreater(np.std(got), 0.01)


if __name__ == "__main__":
    unittest.main()
