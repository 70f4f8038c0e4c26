"""The repair as a dot product of one vector of errors with itself."""

import debug_regression as given


class LinearRegression(given.LinearRegression):
    def loss(self, x, y):
        errors = self.predict(x).reshape(y.shape) - y
        return errors @ errors / len(y)
