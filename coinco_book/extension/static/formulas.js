/* A formula that is wider than its window is moved sideways; the keyboard has to reach it, as it does code and tables. */
window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  for (const formula of document.querySelectorAll('mjx-container[display="true"]')) formula.tabIndex = 0;
});
