import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;

/**
 * Signs a message with keys from PKCS#8 files.
 *
 * Arguments: the file of the message, then for each key its kind, its signature algorithm, and its file.
 * Each signature is written beside its key, as `.signature`.
 */
public final class SignWithKeys {
    public static void main(String[] arguments) throws Exception {
        byte[] message = Files.readAllBytes(Path.of(arguments[0]));
        for (int at = 1; at < arguments.length; at += 3) {
            Path file = Path.of(arguments[at + 2]);
            PKCS8EncodedKeySpec octets = new PKCS8EncodedKeySpec(Files.readAllBytes(file));
            PrivateKey key = KeyFactory.getInstance(arguments[at]).generatePrivate(octets);
            Signature signature = Signature.getInstance(arguments[at + 1]);
            signature.initSign(key);
            signature.update(message);
            String name = file.getFileName().toString().replaceFirst("[.]der$", ".signature");
            Files.write(file.resolveSibling(name), signature.sign());
        }
    }
}
