"""What all pages have in common: what is chosen goes along, and back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.running_app import Watched

GLIOMA = "glioma-t2-fdg"
CHOSEN = {"case": GLIOMA, "method": "masknet", "y": "20", "x": "30", "gamma1": "0.4", "scale": "signed"}


def lead(page: Page, title: str, ready: str, written: str = "case=") -> dict[str, str]:
    """Go to another page by the header; the keys of the address once the page has written them."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=title, exact=True).click()
    page.wait_for_selector(ready)
    page.wait_for_function("(text) => location.search.includes(text)", arg=written)
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def test_what_is_chosen_goes_along_and_back(watched: Watched) -> None:
    page = watched.page
    more = {"coded": "split", "theme": "light", "brush": "region:necrotic-core"}
    page.goto(f"{watched.base}/?{urlencode({**CHOSEN, **more})}")
    page.wait_for_selector('#explorer[data-pixel="20,30"]')
    found = lead(page, "Compare", "#comparer[data-pixel]", written="methods=")
    assert {key: found[key] for key in ("case", "y", "x", "gamma1", "scale", "theme")} == {
        **{key: CHOSEN[key] for key in ("case", "y", "x", "gamma1", "scale")},
        "theme": "light",
    }
    assert (found["region"], "masknet" in found["methods"].split(",")) == ("necrotic-core", True)
    expect(page.locator("#compare-case")).to_have_value(GLIOMA)
    found = lead(page, "What if", "#whatif[data-shown]")
    assert [found[key] for key in ("method", "y", "x", "brush")] == [
        "masknet",
        "20",
        "30",
        "region:necrotic-core",
    ]
    found = lead(page, "Metrics", "#metrics-page")
    assert (found["case"], found["method"], found["area"]) == (GLIOMA, "masknet", "region:necrotic-core")
    found = lead(page, "Explore", '#explorer[data-pixel="20,30"]')
    assert {**CHOSEN, "coded": "split", "brush": "region:necrotic-core"}.items() <= found.items()


def test_the_links_of_the_header_can_be_opened_elsewhere(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.base}/?{urlencode(CHOSEN)}")
    page.wait_for_selector('#explorer[data-pixel="20,30"]')
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Regions", exact=True)
    link.focus()
    assert f"case={GLIOMA}&method=masknet" in (link.get_attribute("href") or "")
    assert "active" in (page.get_by_role("link", name="Explore", exact=True).get_attribute("class") or "")
