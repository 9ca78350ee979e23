// A canvas as sharp as the screen, in CSS pixels, for drawings that are made anew each time.

class Sheet {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
  }

  /** As wide as that, in the page's letters; returns what knows the page's colors by their names. */
  look(width) {
    const style = getComputedStyle(this.canvas);
    Object.assign(this, { width, scale: window.devicePixelRatio || 1, font: style.fontFamily });
    return (name) => style.getPropertyValue(`--aow-${name}`).trim();
  }

  /** Empty, and as high as that. */
  clear(height) {
    const { canvas, pen, width, scale } = this;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
  }

  write(text, x, y, ink, align = "left") {
    this.pen.font = `11px ${this.font}`;
    this.pen.fillStyle = ink;
    this.pen.textAlign = align;
    this.pen.textBaseline = "middle";
    this.pen.fillText(text, x, y);
  }
}
