// Event delegation: one listener for the whole list.
$('#list').on('click', '.item', (event) => delegation.handle(event));
document.addEventListener('click', delegation(handlers));
