//! Tables of objects by the places that the control side gives out.

/// A table with nothing in it.
pub(crate) fn empty<T>(size: usize) -> Box<[Option<T>]> {
    std::iter::repeat_with(|| None).take(size).collect()
}

/// Puts an object in its place, which the control side knows to be free.
pub(crate) fn put<T>(table: &mut [Option<T>], slot: u32, object: T) {
    if let Some(place) = table.get_mut(slot as usize) {
        *place = Some(object);
    }
}

/// Takes what is there out of its place.
pub(crate) fn take<T>(table: &mut [Option<T>], slot: u32) -> Option<T> {
    table.get_mut(slot as usize)?.take()
}
