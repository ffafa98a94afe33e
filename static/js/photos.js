// <input type="file" data-shrink>: a photo of several megabytes becomes one of about
// 300 kB before it is sent (P44). What cannot be shrunk is sent as it is.
(function () {
  "use strict";

  var LONGEST_SIDE = 1600;
  var SMALL_ENOUGH = 500000;

  if (!window.createImageBitmap || !window.DataTransfer) return;

  function shrink(file) {
    return createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.82); });
    }).then(function (blob) {
      if (!blob || blob.size >= file.size) return file;
      var name = file.name.replace(/\.\w+$/, "") + ".jpg";
      return new File([blob], name, { type: "image/jpeg" });
    });
  }

  document.addEventListener("change", function (event) {
    var input = event.target;
    if (input.type !== "file" || !("shrink" in input.dataset)) return;
    var file = input.files[0];
    if (!file || file.size <= SMALL_ENOUGH || !/^image\//.test(file.type)) return;
    shrink(file).then(function (smaller) {
      // Another photo may have been chosen in the meantime.
      if (input.files[0] !== file) return;
      var box = new DataTransfer();
      box.items.add(smaller);
      input.files = box.files;
    }).catch(function () { /* sent as it is */ });
  });
})();
