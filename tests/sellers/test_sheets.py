from sellers.sheets import csv_download, csv_lines


def test_texts_that_a_spreadsheet_would_run_are_made_harmless() -> None:
    rows = [["=1+1", "+1", "-2", "@x", "\tx", -2, "fine"]]
    _, line = csv_lines(["a", "b", "c", "d", "e", "f", "g"], rows)
    assert line == "'=1+1,'+1,'-2,'@x,'\tx,-2,fine\r\n"


def test_download_is_named_kept_by_nobody_and_read_as_utf_8() -> None:
    response = csv_download(["name"], [["ไทย"]], name="x.csv")
    assert response["Content-Disposition"] == 'attachment; filename="x.csv"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.getvalue().decode("utf-8-sig") == "name\r\nไทย\r\n"
