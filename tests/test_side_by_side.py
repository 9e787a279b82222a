from tests.side_by_side import together


def test_a_file_stays_together_and_so_do_the_tests_of_one_visit():
    whole, usable = (
        together(f"tests/site/test_pages.py::test_{name}[book/index-desk-dark]")
        for name in ("whole", "usable")
    )
    assert whole == usable != together("tests/site/test_pages.py::test_whole[book/index-desk-light]")
    assert together("tests/site/test_links.py::test_one") == together("tests/site/test_links.py::test_two")
    assert together("tests/a/test_x.py::test_one[1]") == together("tests/a/test_x.py::test_two[a-b]")
    assert together("tests/a/test_x.py::test_one") != together("tests/a/test_y.py::test_one")
