"""Which operations of TensorFlow a graph from elsewhere may have: those that only compute.

None reads or writes a file, opens a connection, calls Python, keeps a state or runs without end: such a graph is data.
"""

from typing import Any

from hydranet.errors import ModelError
from hydranet.naming import listed

_ARITHMETIC = """
    Abs Add AddN AddV2 BiasAdd Ceil ClipByValue Cos Cosh Cumprod Cumsum Div DivNoNan Einsum Erf Erfc Exp Expm1 Floor
    FloorDiv FloorMod IsFinite IsInf IsNan L2Loss Log Log1p MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Maximum
    Minimum Mod Mul MulNoNan Neg Pow RealDiv Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh Softplus Softsign Sqrt
    Square SquaredDifference Sub Tan Tanh TruncateDiv TruncateMod Xdivy Xlogy Inv
"""
_NETWORKS = """
    AvgPool AvgPool3D Conv2D Conv3D DepthwiseConv2dNative Elu FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3
    LRN LeakyRelu LogSoftmax MaxPool MaxPool3D MaxPoolV2 Relu Relu6 Selu Softmax _FusedConv2D _FusedMatMul
    _FusedDepthwiseConv2dNative
"""
_SHAPES = """
    BatchToSpace BatchToSpaceND BroadcastTo Concat ConcatOffset ConcatV2 DepthToSpace Diag DiagPart ExpandDims Fill
    Gather GatherNd GatherV2 GuaranteeConst Identity IdentityN InvertPermutation LinSpace MirrorPad OneHot OnesLike Pack
    Pad PadV2 PreventGradient Range Rank Reshape ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor Reverse
    ReverseV2 Roll ScatterNd Shape ShapeN Size Slice SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Squeeze
    StopGradient StridedSlice TensorScatterUpdate Tile Transpose Unpack ZerosLike MatrixBandPart EnsureShape Snapshot
    BroadcastArgs ScaleAndTranslate CropAndResize
"""
_DECISIONS = """
    All Any ArgMax ArgMin ApproximateEqual Cast Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalNot
    LogicalOr Max Mean Min NotEqual Prod Select SelectV2 Sum TopK TopKV2 Where Bitcast BitwiseAnd BitwiseOr
    Switch Merge
"""
_STRUCTURE = "Const Placeholder PlaceholderWithDefault NoOp"
_ALLOWED = frozenset(f"{_ARITHMETIC} {_NETWORKS} {_SHAPES} {_DECISIONS} {_STRUCTURE}".split())


def check_operations(graph: Any, what: str) -> None:
    """Raise ModelError unless all operations of a GraphDef only compute.

    Args:
        graph: a GraphDef.
        what: holds it, for the message.
    """
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    others = sorted({node.op for node in nodes} - _ALLOWED)
    if others:
        raise ModelError(
            f"{what} has operations that hydranet does not run from a file, because they may do more than compute: "
            f"{listed(others)}. Export the network alone, for inference, without loops, lookups or decoding of files."
        )
