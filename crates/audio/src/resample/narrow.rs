//! The low-pass filter between 8 kHz and the rates above.
//!
//! Half a sinc under a window would be as good at a delay of 2.5 ms. This one is made by the exchange algorithm (T. W.
//! Parks and J. H. McClellan, "Chebyshev approximation for nonrecursive digital filters with linear phase", IEEE
//! Transactions on Circuit Theory, 1972), which can spend on the stop-band what the pass-band doesn't need: up to
//! 3,400 Hz a note is as loud as a constant to 0.01 dB, and from 4,600 Hz on 92 dB down. SciPy makes it by
//! `remez(192, [0, 3400, 4600, 24000], [1, 0], weight=[1, 60], fs=48000)`: with less weight on the stop-band its aliases
//! come above 90 dB, and with more a constant is no more what notes in the midst of speech are.

/// Taps in all, at 48 kHz.
pub(super) const TAPS: usize = 192;

/// The tap of this number.
pub(super) const fn tap(number: usize) -> f64 {
    HALF[if number < TAPS / 2 { number } else { TAPS - 1 - number }]
}

/// The first half of the taps, times six; the other is its mirror image.
#[rustfmt::skip]
const HALF: [f64; TAPS / 2] = [
    6.696343e-05, 1.618523e-04, 2.648246e-04, 4.153594e-04, 5.291484e-04, 6.093081e-04,
    5.802843e-04, 4.403394e-04, 1.637645e-04, -2.005034e-04, -5.977901e-04, -9.205556e-04,
    -1.073911e-03, -9.684166e-04, -5.784385e-04, 5.844771e-05, 8.175979e-04, 1.518181e-03,
    1.950432e-03, 1.939395e-03, 1.395163e-03, 3.626646e-04, -9.684984e-04, -2.285510e-03,
    -3.220792e-03, -3.443925e-03, -2.764600e-03, -1.210687e-03, 9.394057e-04, 3.192730e-03,
    4.943489e-03, 5.625681e-03, 4.878657e-03, 2.682240e-03, -5.836877e-04, -4.182967e-03,
    -7.174826e-03, -8.646021e-03, -7.970216e-03, -5.024682e-03, -2.971265e-04, 5.163460e-03,
    9.959935e-03, 1.268708e-02, 1.232027e-02, 8.550601e-03, 1.965096e-03, -5.998290e-03,
    -1.333792e-02, -1.796878e-02, -1.828669e-02, -1.367027e-02, -4.773519e-03, 6.497389e-03,
    1.735527e-02, 2.479017e-02, 2.636756e-02, 2.096316e-02, 9.225226e-03, -6.394404e-03,
    -2.209853e-02, -3.362324e-02, -3.734500e-02, -3.134064e-02, -1.610683e-02, 5.294657e-03,
    2.776974e-02, 4.533513e-02, 5.263232e-02, 4.644733e-02, 2.682965e-02, -2.533380e-03,
    -3.487049e-02, -6.176681e-02, -7.521123e-02, -6.978226e-02, -4.441730e-02, -3.257851e-03,
    4.475434e-02, 8.757258e-02, 1.127538e-01, 1.106211e-01, 7.715208e-02, 1.586179e-02,
    -6.188209e-02, -1.383483e-01, -1.925720e-01, -2.045658e-01, -1.597617e-01, -5.271913e-02,
    1.107645e-01, 3.137047e-01, 5.302605e-01, 7.299772e-01, 8.831468e-01, 9.662278e-01,
];
