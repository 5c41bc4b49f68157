"""The dashboard as a person finds it on the page: by what it says, not by how it is made."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

PAINTED = """(canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0, sum = 0;
    for (let i = 3; i < data.length; i += 4) {
        if (data[i] > 128) { painted += 1; sum = (sum * 31 + i) % 1000000007; }
    }
    return [painted, sum];
}"""


class DashboardPage:
    """A dashboard, or a part of one, on an open page.

    Args:
        page: The page.
        which: Which of them, from 0, where the page has several; None where it has one.
    """

    def __init__(self, page: Page, which: int | None = None) -> None:
        self.page = page
        views = page.get_by_role("group", name="Envoy, live")
        self.view = views if which is None else views.nth(which)
        self.view.wait_for()

    def wait_for_ticks(self, more_than: int = 0) -> None:
        """Wait until every thread has ticked more often than this."""
        self.page.wait_for_function(
            """(least) => {
                const rows = [...document.querySelectorAll('.lab-threads tbody tr')];
                const number = (text) => parseInt(text.replace(',', ''));
                const ticks = rows.map((row) => number(row.cells[3].textContent));
                return rows.length > 0 && ticks.every((number) => number > least);
            }""",
            arg=more_than,
        )

    def rows(self, table: str) -> dict[str, dict[str, str]]:
        """Return a table's rows by their heading: the cells by the column's heading."""
        found: dict[str, dict[str, str]] = self.table(table).evaluate(
            """(region) => {
                const heads = [...region.querySelectorAll('thead th')].map((th) => th.textContent);
                const rows = [...region.querySelectorAll('tbody tr')];
                return Object.fromEntries(rows.map((row) => [
                    row.cells[0].textContent,
                    Object.fromEntries([...row.cells].map((c, i) => [heads[i], c.textContent])),
                ]));
            }"""
        )
        return found

    def table(self, name: str) -> Locator:
        """Return a table's region."""
        return self.view.get_by_role("region", name=name)

    def button(self, name: str) -> Locator:
        """Return a button of the controls or the view."""
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """Return a field of the controls."""
        return self.page.get_by_label(label, exact=True)

    def painted(self) -> tuple[int, int]:
        """Return how many pixels of the lanes are painted, and a sum of which ones."""
        count, which = self.view.locator(".lab-moving").evaluate(PAINTED)
        return count, which

    def wait_for_movement(self, where: int) -> None:
        """Wait until other pixels are painted than these (the second value of `painted`)."""
        self.page.wait_for_function(
            f"(where) => ({PAINTED})(document.querySelector('.lab-moving'))[1] !== where", arg=where
        )

    def figure(self, key: str) -> str:
        """Return one of the figures, as it stands there."""
        return self.view.locator(f'[data-figure="{key}"]').inner_text()

    def wait_until_said(self, text: str) -> None:
        """Wait until the line under the controls holds this."""
        line = self.page.get_by_role("status", name="What the controls do")
        expect(line).to_contain_text(text, timeout=20_000)

    def choose_theme(self, name: str) -> None:
        """Change JupyterLab's theme."""
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            name,
        )
        light = str("Light" in name).lower()
        self.page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")

    def bring_into_view(self) -> None:
        """Close JupyterLab's side bar, and scroll so that the dashboard begins at the top."""
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        self.page.locator(".jp-OutputArea-output:visible").last.evaluate(
            "(output) => output.scrollIntoView({ block: 'start' })"
        )
