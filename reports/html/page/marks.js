/* Marks places on the x axis of a chart of lines. */
function marksAtBottom(marks) {
  return {id: 'marksAtBottom', afterDatasetsDraw: ({ctx, chartArea, scales: {x}}) => {
    ctx.save();
    ctx.fillStyle = colour('ink');
    for (const [place] of marks) {
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

