"""Hints to exceptions of scikit-learn and pandas: estimators, and the tables that they learn from."""

from __future__ import annotations

from kit.worker.hints.hint import Hint

TABLE = (
    Hint(
        r"Input X contains NaN",
        "The table has missing values.",
        "put   SimpleImputer()   before the model, or take HistGradientBoostingClassifier",
    ),
    Hint(
        r"(Input X contains|array contains) infinity",
        "A number is infinite. Probably something was divided by 0, or the logarithm of 0 taken.",
        "np.log1p(X)   or   / (X.std(0) + 1e-6)",
    ),
    Hint(
        r"Input y contains NaN",
        "Labels are missing that the kit had given. Probably y was joined or computed anew.",
        "train.y   as it is",
    ),
    Hint(
        r"Cannot use (mean|median) strategy with non-numeric",
        "A column holds text, and text has no mean.",
        'SimpleImputer(strategy="most_frequent")   for the columns with text',
    ),
    Hint(
        r"could not convert string to float: (?P<text>'.{0,40}')",
        "A column holds text ({text}), and this model takes numbers only.",
        'OneHotEncoder(handle_unknown="ignore")   for the columns with text, in a ColumnTransformer',
    ),
    Hint(
        r"Found unknown categories (?P<values>\[.{0,60}\])",
        "There is a value that was not among the rows learned from: {values}.",
        'OneHotEncoder(handle_unknown="ignore")',
    ),
    Hint(
        r"y contains previously unseen labels",
        "LabelEncoder is for labels, and knows only those that it has learned.",
        'OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)   for columns',
    ),
    Hint(
        r"Expected 2D array, got 1D array|Expected a 2-dimensional container",
        "An estimator takes rows and columns, and this is a single column or a single row.",
        'X[["column"]]   with two brackets, or   .reshape(-1, 1)',
    ),
    Hint(
        r"Found array with dim",
        "An estimator takes one row of numbers for each image.",
        "train.flat   in fit, and   X.reshape(len(X), -1)   in predict",
    ),
    Hint(
        r"X has (?P<got>\d+) features, but \w+ is expecting (?P<wanted>\d+)",
        "fit learned from {wanted} columns, predict gives {got}. Probably X is prepared in two different ways.",
        "one function that prepares X, called by both; or a Pipeline",
    ),
    Hint(
        r"feature names should match[^$]*same order",
        "The columns are those of fit in another order.",
        "X[model.feature_names_in_]",
    ),
    Hint(
        r"feature names should match",
        "The columns are not those that fit learned from.",
        'encode with what was fitted: OneHotEncoder(handle_unknown="ignore") in a Pipeline;\n'
        "get_dummies makes other columns of other rows:   X.reindex(columns=model.feature_names_in_, fill_value=0)",
    ),
    Hint(
        r"columns are missing: (?P<names>\{.{0,60}\})",
        "predict gives a table without {names}, which fit learned from.",
        "X   as it comes",
    ),
    Hint(
        r"columns using strings is only supported for",
        "Columns are chosen by name, and an array has no names.",
        "train.frame   in place of train.flat",
    ),
    Hint(
        r"not columns of the dataframe: (?P<names>\{.{0,60}\})",
        "The table has no column {names}.",
        "train.frame.columns   lists them",
    ),
    Hint(
        r"not fitted yet",
        "Probably predict uses a new one in place of what fit has learned.",
        "return it from fit; it comes back as   model",
        phase="predict",
    ),
    Hint(
        r"not fitted yet",
        "Its fit() was not called before.",
        "fit_transform(…)   in place of transform(…), on the rows of train",
    ),
    Hint(
        r"inconsistent numbers of samples: \[(?P<first>\d+), (?P<second>\d+)\]",
        "There are {first} rows on one side and {second} on the other. Probably rows were dropped from X only, "
        "or valid was mixed with train.",
        "drop rows of X and y together",
    ),
    Hint(
        r"only one class|needs samples of at least 2 classes",
        "All labels are the same. Probably a part was cut off rows that are sorted by class.",
        "train.y   as it is",
    ),
    Hint(
        r"Unknown label type",
        "A classifier takes classes, and these labels are numbers with a fraction.",
        "a regressor, or   train.y   as it is",
    ),
    Hint(
        r"y should be a 1d array",
        "The labels are one-hot; scikit-learn takes the number of the class.",
        "train.y   or   y.argmax(1)",
    ),
    Hint(
        r"n_neighbors <= n_samples",
        "There are fewer rows to learn from than neighbours to ask.",
        "a smaller n_neighbors",
    ),
    Hint(
        r"has no attribute 'predict_proba'",
        "This model gives classes, it does not say how sure it is.",
        "model.predict(X)   or another model, for example LogisticRegression",
    ),
    Hint(
        r"mix of (binary|multiclass) and continuous",
        "One side holds probabilities, the other classes.",
        "y_pred.argmax(1)",
    ),
    Hint(
        r"(KeyError|InvalidIndexError): .*\(slice",
        "A DataFrame is not indexed by row and column in plain brackets.",
        "X.iloc[:, 0]   or   X.to_numpy()[:, 0]",
    ),
    Hint(
        r"KeyError: (?P<name>\d+)",
        "A DataFrame is asked by the names of its columns; {name} is none.",
        "X.iloc[{name}]   for a row,   X.iloc[:, {name}]   for a column",
    ),
    Hint(
        r"'DataFrame' object has no attribute '(?P<name>reshape|flatten|argmax|view)'",
        "This is a DataFrame of pandas, and that is a method of arrays.",
        "X.to_numpy().{name}(…)",
    ),
    Hint(
        r"on a Categorical with a new category \((?P<value>.{0,40})\),",
        "A column holds categories, and {value} is none of them.",
        'df["column"] = df["column"].fillna(…)   for the columns of numbers only,\n'
        'or   df["column"].cat.add_categories([{value}])   first, or   .astype(object)',
    ),
    Hint(
        r"Cannot convert non-finite values",
        "A column with missing values can't become whole numbers.",
        "leave it float, or   .fillna(…)   first",
    ),
    Hint(
        r"truth value of a (Series|DataFrame)",
        "A whole column is neither true nor false.",
        'df[df["a"] > 0]   to choose rows;   &   and   |   in place of   and   and   or',
    ),
    Hint(
        r"Cannot perform reduction '(?P<name>\w+)' with (string|object) dtype",
        "A column holds text, which has no {name}.",
        "df.{name}(numeric_only=True)",
    ),
)
