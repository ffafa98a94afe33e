"""The main job in the browser: two donors, a worker, an officer, a regional admin."""

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Stage, code_for, enter_worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_first_question_to_a_covered_worker(stage: Stage) -> None:
    donor = stage.person()
    page = donor.page

    # The price first, without a word about oneself.
    donor.go("/")
    donor.click("Bila terjadi kecelakaan")
    donor.go("/")
    donor.click("Hitung iuran")
    page.get_by_label("Berapa pekerja").fill("2")
    page.keyboard.press("Tab")
    expect(page.locator("#hasil")).to_contain_text("369.600")
    donor.click("Daftarkan pekerja")

    # An account: a name, an address, a code.
    donor.click("Daftar sebagai donatur")
    page.get_by_label("Nama Anda").fill("Budi Contoh")
    page.get_by_label("E-mail").fill("budi@contoh.example")
    donor.press("Buat akun")
    page.get_by_label("Kode").fill(code_for(donor, "budi@contoh.example"))
    donor.press("Lanjut")

    # Two workers in one order; what is typed keeps itself.
    donor.go("/donatur/daftar/")
    donor.press("Lanjut")
    with page.expect_response("**/simpan/siapa/"):
        page.get_by_label("Nama lengkap pekerja").fill("Joko Susilo")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Tersimpan")
    page.reload()
    expect(page.get_by_label("Nama lengkap pekerja")).to_have_value("Joko Susilo")
    enter_worker(donor, "Joko Susilo", "1671041708850001", "17-08-1985")
    donor.click("Tambah pekerja")
    enter_worker(donor, "Siti Aminah", "1671044203890002", "02-03-1989", sex="Perempuan")
    expect(page.locator("main")).to_contain_text("369.600")
    donor.press("Kirim ke cabang")
    assert "Sudah kami terima" in donor.text()

    # The branch decides with the keyboard.
    officer = stage.staff("branch_officer")
    desk = officer.page
    for name in ("Joko Susilo", "Siti Aminah"):
        with desk.expect_navigation():
            desk.keyboard.press("n")
        officer.look()
        assert name in officer.text()
        desk.keyboard.press("2")
        with desk.expect_navigation():
            desk.keyboard.press("a")
        officer.look()
        assert "disetujui" in officer.text()

    # Paying: the invoice is there at once, and turns to paid by itself.
    donor.go("/donatur/tagihan/")
    donor.click("2026-0")
    assert "369.600" in donor.text()
    donor.press("Bayar sekarang")
    assert page.get_by_role("link", name="Simpan gambar QRIS").is_visible()
    bank = donor.context.new_page()
    donor.watch.follow(bank)
    pay_page = page.get_by_role("link", name="sandbox").get_attribute("href")
    assert pay_page
    bank.goto(pay_page)
    donor.page = bank
    donor.look()
    donor.press("Bayar Rp")
    donor.page = page
    expect(page.locator("main")).to_contain_text("Pembayaran sudah kami terima")
    donor.look()
    donor.click("Lihat kuitansi")
    assert "369.600" in donor.text()

    # Paid is not yet protected; accepted is.
    donor.go("/donatur/pekerja/")
    assert "menunggu pengesahan" in donor.text()
    assert "Terlindungi" not in donor.text()
    stage.remit_and_accept()
    donor.go("/donatur/pekerja/")
    donor.click("Joko Susilo")
    assert "19 November 2027" in donor.text()
    donor.click("Buka kartu")
    stranger = stage.person()
    stranger.go(page.url)
    assert "Terlindungi" in stranger.text()
    assert "Susilo" not in stranger.text()

    # The Kanwil sees two more people covered.
    admin = stage.staff("regional_admin")
    admin.go("/wilayah-kerja/?provinsi=16")
    tile = admin.page.locator("main").get_by_text("melalui portal").first
    assert tile.is_visible()
