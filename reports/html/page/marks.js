/* Marks places on the x axis of a chart of lines, each in the colour of its line. */
function marksAtBottom(marks) {
  return {id: 'marksAtBottom', afterDatasetsDraw: ({ctx, chartArea, scales: {x}}) => {
    ctx.save();
    for (const [place, name] of marks) {
      ctx.fillStyle = colour(name);
      const at = x.getPixelForValue(place);
      ctx.beginPath();
      ctx.moveTo(at, chartArea.bottom - 8);
      ctx.lineTo(at - 4, chartArea.bottom);
      ctx.lineTo(at + 4, chartArea.bottom);
      ctx.fill();
    }
    ctx.restore();
  }};
}

