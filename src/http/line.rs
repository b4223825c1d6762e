//! [`Line`]: a connection below TLS, as everything above it needs it: within the deadline, in as few pieces as it can
//! be, and read to the end.

use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::progress::Progress;

/// How many bytes the system takes from a connection that is new, whatever the other side does. To send more may block,
/// and ureq gives the whole of the time to each part that is taken.
const SURELY_TAKEN: usize = 8 * 1024;

/// Makes one of each connection.
#[derive(Debug)]
pub struct LineConnector(pub Progress);

impl<In: Transport> Connector<In> for LineConnector {
    type Out = Line<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|below| Line { below, progress: self.0.clone(), held: Vec::new() }))
    }
}

/// What is written is held until an answer is awaited, so that the end of a handshake, the header of a request and its
/// body go out together. [`Line::transmit_output`] with nothing says that nothing will be awaited: what is held goes
/// out now.
#[derive(Debug)]
pub struct Line<T> {
    below: T,
    progress: Progress,
    held: Vec<u8>,
}

impl<T: Transport> Line<T> {
    /// What is left of the time for this phase: ureq alone would give a proxy the whole of it for each piece that it
    /// sends.
    fn timeout(&self) -> Result<NextTimeout, Error> {
        Ok(NextTimeout { after: self.progress.left()?.into(), ..NextTimeout::default() })
    }

    fn send(&mut self) -> Result<(), Error> {
        let _watchdog = (self.held.len() > SURELY_TAKEN).then(|| self.progress.watch());
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while !rest.is_empty() {
            let timeout = self.timeout()?;
            let output = self.below.buffers().output();
            let (piece, after) = rest.split_at(rest.len().min(output.len()));
            output[..piece.len()].copy_from_slice(piece);
            match self.below.transmit_output(piece.len(), timeout) {
                // A server that refuses a request, or a client's certificate, says so and closes, and what it said
                // is worth more than the broken pipe.
                Err(Error::Io(error))
                    if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) =>
                {
                    return Ok(());
                }
                sent => sent?,
            }
            rest = after;
        }
        Ok(())
    }
}

impl<T: Transport> Transport for Line<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.below.buffers()
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        if amount == 0 {
            self.send()?;
            let timeout = self.timeout()?;
            return self.below.transmit_output(0, timeout);
        }
        self.held.extend_from_slice(&self.below.buffers().output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        self.send()?;
        let timeout = self.timeout()?;
        self.below.await_input(timeout)
    }

    /// No connection is used twice, so ureq need not look whether it could be.
    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.below.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use ureq::unversioned::transport::time::Duration as Limit;
    use ureq::unversioned::transport::{LazyBuffers, ShutdownHandle};

    use super::super::progress::Limits;
    use super::*;

    /// Records what is asked of it. It takes eight bytes at a time, or none until it is shut down.
    #[derive(Debug)]
    struct Below {
        buffers: LazyBuffers,
        sent: Vec<Vec<u8>>,
        waits: Vec<Limit>,
        fails: Option<io::ErrorKind>,
        shut: Option<Mutex<Receiver<()>>>,
    }

    struct Handle(Mutex<Sender<()>>);

    impl ShutdownHandle for Handle {
        fn shutdown(&self) {
            self.0.lock().unwrap().send(()).unwrap();
        }
    }

    impl Transport for Below {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
            self.waits.push(timeout.after);
            if let Some(shut) = &self.shut {
                shut.lock().unwrap().recv().unwrap();
            }
            if let Some(kind) = self.fails {
                return Err(io::Error::from(kind).into());
            }
            let sent = self.buffers.output()[..amount].to_vec();
            self.sent.push(sent);
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            self.waits.push(timeout.after);
            Ok(true)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    fn line(connection: Duration, fails: Option<io::ErrorKind>) -> Line<Below> {
        let buffers = LazyBuffers::new(8, 8);
        let limits = Limits { connection, answer: Duration::MAX };
        Line {
            below: Below { buffers, sent: Vec::new(), waits: Vec::new(), fails, shut: None },
            progress: Progress::start(limits, None),
            held: Vec::new(),
        }
    }

    fn write(line: &mut Line<Below>, text: &[u8]) {
        line.buffers().output()[..text.len()].copy_from_slice(text);
        line.transmit_output(text.len(), NextTimeout::default()).unwrap();
    }

    #[test]
    fn what_is_written_goes_out_together_when_an_answer_is_awaited_or_none_is() {
        let mut line = line(Duration::MAX, None);
        for text in [&b"hea"[..], b"der", b"body"] {
            write(&mut line, text);
        }
        assert!(line.below.sent.is_empty());
        assert!(line.await_input(NextTimeout::default()).unwrap());
        assert_eq!(line.below.sent.concat(), b"headerbody");
        assert_eq!(line.below.sent.len(), 2, "as few pieces as there is room for");
        write(&mut line, b"alert");
        write(&mut line, b"");
        assert_eq!(line.below.sent.concat(), b"headerbodyalert");
    }

    #[test]
    fn every_wait_has_what_is_left_of_the_limit_and_not_the_whole_of_it() {
        let limit = Duration::from_secs(3600);
        let mut long = line(limit, None);
        for _ in 0..3 {
            write(&mut long, b"piece");
            assert!(long.await_input(NextTimeout::default()).unwrap());
        }
        let waits = long.below.waits;
        assert_eq!(waits.len(), 6);
        assert!(waits[0] <= limit.into() && waits.windows(2).all(|pair| pair[1] < pair[0]), "{waits:?}");
        let mut none = line(Duration::ZERO, None);
        write(&mut none, b"late");
        assert!(matches!(none.await_input(NextTimeout::default()), Err(Error::Timeout(_))));
        assert!(none.below.sent.is_empty() && none.below.waits.is_empty());
    }

    #[test]
    fn much_that_is_sent_to_somebody_who_does_not_read_is_given_up_at_the_limit() {
        let mut line = line(Duration::from_millis(1), Some(BrokenPipe));
        let (sender, shut) = mpsc::channel();
        let handle: Arc<dyn ShutdownHandle> = Arc::new(Handle(Mutex::new(sender)));
        line.progress.connected(Arc::downgrade(&handle));
        line.below.shut = Some(Mutex::new(shut));
        for _ in 0..=SURELY_TAKEN / 8 {
            write(&mut line, b"8 bytes!");
        }
        assert!(matches!(line.await_input(NextTimeout::default()), Err(Error::Timeout(_))));
    }

    #[test]
    fn where_the_other_side_has_closed_its_last_words_are_read() {
        for kind in [BrokenPipe, ConnectionAborted, ConnectionReset] {
            let mut line = line(Duration::MAX, Some(kind));
            write(&mut line, b"text");
            assert!(line.await_input(NextTimeout::default()).unwrap());
        }
        let mut line = line(Duration::MAX, Some(io::ErrorKind::Other));
        write(&mut line, b"text");
        assert!(line.await_input(NextTimeout::default()).is_err());
    }
}
