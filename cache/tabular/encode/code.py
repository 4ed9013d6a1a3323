def _category_block(label: str, values: list[object]) -> tuple[FloatArray, list[str]]:
    """Return the columns of zeros and ones of one text column, and their names."""
    texts: list[str] = []
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"column {label!r} is neither float64 nor all text")
        texts.append(str(value))
    categories = sorted(set(texts))
    position = {category: index for index, category in enumerate(categories)}
    codes = np.asarray([position[text] for text in texts], dtype=np.intp)
    block: FloatArray = np.zeros((len(texts), len(categories)), dtype=np.float64)
    block[np.arange(len(texts)), codes] = 1.0
    return block, [f"{label}={category}" for category in categories]


def one_hot(features: pd.DataFrame) -> Encoded:
    """Keep numeric columns, and give every category of the others a column of zeros and ones.

    features: columns of dtype float64 are numeric, all others hold str; nothing is missing; any
    number of rows and columns, none included.
    Returns matrix: float64, [rows, encoded], and names: one text for each of its columns.
    """
    rows = len(features)
    labels = [str(label) for label in features.columns]
    blocks: list[FloatArray] = [np.zeros((rows, 0), dtype=np.float64)]
    names: list[str] = []
    for index, label in enumerate(labels):
        column = features.iloc[:, index]
        if str(column.dtype) == "float64":
            numbers: FloatArray = np.asarray(column.to_numpy(), dtype=np.float64)
            if bool(np.isnan(numbers).any()):
                raise ValueError(f"numeric column {label!r} holds missing values")
            blocks.append(numbers.reshape(rows, 1))
            names.append(label)
        else:
            block, block_names = _category_block(label, list(column.tolist()))
            blocks.append(block)
            names.extend(block_names)
    matrix: FloatArray = np.asarray(np.concatenate(blocks, axis=1), dtype=np.float64)
    return Encoded(matrix=matrix, names=names)
