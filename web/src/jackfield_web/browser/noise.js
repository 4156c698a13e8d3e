// Changes what canvases read a little: the same for one seed, whenever it is read. It can be noticed.
(seed) => {
  const drawn = (index) => {
    const mixed = Math.imul((seed ^ index) >>> 0, 0x9e3779b1) >>> 0;
    return (mixed ^ (mixed >>> 15)) & 63;
  };
  const stir = (bytes) => {
    for (let index = 0; index < bytes.length; index += 4)
      if (bytes[index + 3] && !drawn(index)) bytes[index] ^= 1;
  };
  const put = (owner, name, make) => {
    if (!owner) return;
    const { prototype } = owner;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, { ...descriptor, value: make(descriptor.value) });
  };
  const reads = (read) =>
    function getImageData(...values) {
      const image = read.apply(this, values);
      stir(image.data);
      return image;
    };
  const stirred = (canvas) => {
    const copy = new OffscreenCanvas(canvas.width || 1, canvas.height || 1);
    const pen = copy.getContext("2d");
    if (canvas.width && canvas.height) pen.drawImage(canvas, 0, 0);
    const image = pen.getImageData(0, 0, copy.width, copy.height);
    pen.putImageData(image, 0, 0);
    return copy;
  };
  const onScreen = (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    if (canvas.width && canvas.height) copy.getContext("2d").drawImage(stirred(canvas), 0, 0);
    return copy;
  };
  put(self.CanvasRenderingContext2D, "getImageData", reads);
  put(self.OffscreenCanvasRenderingContext2D, "getImageData", reads);
  put(self.HTMLCanvasElement, "toDataURL", (write) => function toDataURL(...values) {
    return write.apply(onScreen(this), values);
  });
  put(self.HTMLCanvasElement, "toBlob", (write) => function toBlob(...values) {
    return write.apply(onScreen(this), values);
  });
  put(self.OffscreenCanvas, "convertToBlob", (write) => function convertToBlob(...values) {
    return write.apply(stirred(this), values);
  });
  for (const owner of [self.WebGLRenderingContext, self.WebGL2RenderingContext])
    put(owner, "readPixels", (read) => function readPixels(...values) {
      read.apply(this, values);
      const bytes = values[6];
      if (bytes instanceof Uint8Array || bytes instanceof Uint8ClampedArray) stir(bytes);
    });
}
