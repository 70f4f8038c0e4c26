"""The repair on the other side: the targets become a column."""

import debug_regression as given


class LinearRegression(given.LinearRegression):
    def loss(self, x, y):
        return (self.predict(x) - y[:, None]).square().mean()
