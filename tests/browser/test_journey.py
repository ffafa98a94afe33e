"""The main job in the browser: two donors, a worker, an officer, a regional admin."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import (
    Stage,
    enter_data,
    enter_worker,
    newest_letter,
    pay_at_the_sandbox,
    sign_in,
    type_code,
)
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BUDI = "budi@contoh.example"


def covered(stage: Stage) -> int:
    """Read from the Kanwil's page how many are covered by way of the portal."""
    admin = stage.staff("regional_admin")
    admin.go("/wilayah-kerja/?provinsi=16")
    found = re.search(r"([\d.]+)\s+pekerja terlindungi", admin.text(), re.IGNORECASE)
    assert found, admin.text()
    return int(found[1].replace(".", ""))


def test_from_the_first_question_to_covered_workers(stage: Stage) -> None:
    before = covered(stage)
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
    page.get_by_label("E-mail").fill(BUDI)
    donor.press("Buat akun")
    type_code(donor, BUDI)
    assert page.url.endswith("/donatur/daftar/"), "the way goes on where it was left"

    # Two workers in one order; what is typed keeps itself.
    donor.press("Lanjut")
    with page.expect_response("**/simpan/siapa/"):
        page.get_by_label("Nama lengkap pekerja").fill("Joko Susilo")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Tersimpan")
    page.reload()
    expect(page.get_by_label("Nama lengkap pekerja")).to_have_value("Joko Susilo")
    enter_worker(donor, "Joko Susilo", "1671041708850001", "17-08-1985", sex="Laki-laki")
    donor.click("Tambah pekerja")
    enter_worker(donor, "Siti Aminah", "1671044203890002", "02-03-1989", sex="Perempuan")
    expect(page.locator("main")).to_contain_text("369.600")
    donor.press("Kirim ke cabang")
    assert "Sudah kami terima" in donor.text()

    # The branch decides with the keyboard.
    officer = stage.staff("branch_officer")
    officer.go("/cabang/")
    for name in ("Joko Susilo", "Siti Aminah"):
        officer.key("n")
        assert name in officer.text()
        officer.page.keyboard.press("2")
        officer.key("a")
        assert "disetujui" in officer.text()

    # Paying: the invoice is there at once, and turns to paid by itself.
    donor.go("/donatur/tagihan/")
    donor.click("2026-0")
    assert "369.600" in donor.text()
    donor.press("Bayar dengan QRIS")
    assert page.get_by_role("link", name="Simpan gambar QRIS").is_visible()
    pay_at_the_sandbox(donor)
    expect(page.locator("main")).to_contain_text("Pembayaran sudah kami terima")
    donor.click("Lihat kuitansi")
    assert "369.600" in donor.text()

    # Paid is not yet protected; accepted is.
    donor.go("/donatur/pekerja/")
    assert "menunggu pengesahan" in donor.text()
    assert "Terlindungi" not in donor.text()
    stage.remit()
    page.reload()
    donor.click("Joko Susilo")
    assert "19 November 2027" in donor.text()
    donor.click("Buka kartu")
    stranger = stage.person()
    stranger.go(page.url)
    assert "Terlindungi" in stranger.text()
    assert "Susilo" not in stranger.text()
    assert covered(stage) == before + 2


def test_a_worker_agrees_by_his_link_and_a_friend_pays_by_the_pay_link(stage: Stage) -> None:
    user = UserFactory(name="Rina Contoh")
    donor = stage.person()
    sign_in(donor, user)
    page = donor.page
    assert "/donatur/" in page.url
    donor.go("/donatur/daftar/")
    donor.press("Lanjut")
    page.get_by_label("Nama lengkap pekerja").fill("Wati")
    page.get_by_label("Tetangga").check()
    page.get_by_label("Lewat tautan").check()
    donor.press("Lanjut")
    donor.press("Kirim ke cabang")
    link = page.locator(".copy-value").inner_text()

    # The worker has no account; what she did not agree to does not exist.
    worker = stage.person()
    worker.watch.expected.add("/pekerja/isi/")
    worker.go(link)
    assert "Rina" in worker.text()
    worker.page.get_by_label("Nama lengkap Anda").fill("Wati Contoh")
    enter_data(worker, "1671044203890002", "02-03-1989", sex="Perempuan")
    worker.press("Kirim, saya setuju")
    expect(worker.page.get_by_text("Centang bila setuju").first).to_be_visible()
    worker.page.get_by_label("Saya sendiri").check()
    worker.page.get_by_label("Saya setuju", exact=True).check()
    worker.press("Kirim, saya setuju")
    assert "Terima kasih" in worker.text()

    # The branch approves; the donor is told at once.
    officer = stage.staff("branch_supervisor")
    officer.go("/cabang/")
    officer.key("n")
    officer.page.keyboard.press("2")
    officer.key("a")
    donor.go("/donatur/")
    assert "Disetujui" in donor.text()

    # Whoever has the link of the letter pays, and reads no name.
    letter = newest_letter(donor, user.email)
    address = letter.get_by_role("link", name="/bayar/").first.get_attribute("href")
    letter.close()
    friend = stage.person()
    friend.go(address)
    assert "184.800" in friend.text()
    assert "Wati" not in friend.text()
    friend.press("Bayar dengan QRIS")
    pay_at_the_sandbox(friend)
    expect(friend.page.locator("main")).to_contain_text("Pembayaran sudah kami terima")
    stage.remit()
    donor.go("/donatur/pekerja/")
    assert "Terlindungi" in donor.text()
    donor.click("Wati Contoh")
