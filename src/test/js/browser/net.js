// A page opens no ports.
export default null;
